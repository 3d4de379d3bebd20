using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.SignalR;

namespace BffServer;

/// <summary>The notes, and the word to everybody when they change. Changed first and told then, so that who loads misses nothing.</summary>
public sealed class Notes(IHubContext<NotesHub, INotesClient> hub)
{
    public const int MaxText = 300;

    private readonly Lock _lock = new();
    private readonly List<Note> _notes = [];
    private long _lastId;

    public IReadOnlyList<Note> All()
    {
        lock (_lock) return [.. _notes];
    }

    // Told under the lock, so that everybody hears of changes in their order; only the waiting is done outside.
    public Task Add(string text, string author)
    {
        lock (_lock)
        {
            var note = new Note(_lastId += 1, text, author, DateTimeOffset.UtcNow.ToUnixTimeMilliseconds());
            _notes.Add(note);
            return hub.Clients.All.NoteAdded(note);
        }
    }

    public Task Remove(long id)
    {
        lock (_lock) return _notes.RemoveAll(note => note.Id == id) > 0 ? hub.Clients.All.NoteRemoved(id) : Task.CompletedTask;
    }
}

[Authorize]
public sealed class NotesHub(Notes notes, Sessions sessions) : Hub<INotesClient>
{
    public Task Remove(long id) => notes.Remove(id);

    public override Task OnConnectedAsync()
    {
        sessions.Connected(Context);
        return base.OnConnectedAsync();
    }

    public override Task OnDisconnectedAsync(Exception? exception)
    {
        sessions.Disconnected(Context);
        return base.OnDisconnectedAsync(exception);
    }
}
