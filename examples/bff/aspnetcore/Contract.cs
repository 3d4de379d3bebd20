namespace BffServer;

// The contract of examples/bff/contract.ts; written in camelCase. Times are epoch milliseconds.

public sealed record Note(long Id, string Text, string Author, long WrittenAt);

/// <summary>What clients hear.</summary>
public interface INotesClient
{
    Task NoteAdded(Note note);
    Task NoteRemoved(long id);
}

public sealed record NewNote(string? Text);

public sealed record SessionAnswer(string? UserId, string? Name, string? CsrfToken);
