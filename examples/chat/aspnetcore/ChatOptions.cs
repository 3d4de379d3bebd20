namespace ChatServer;

/// <summary>The settings under "Chat": environment (`Chat__Authority`), command line (`--Chat:Authority`).</summary>
public sealed class ChatOptions
{
    /// <summary>The issuer whose access tokens are accepted.</summary>
    public string Authority { get; init; } = "";

    /// <summary>Origins of the pages, separated by commas.</summary>
    public string Origins { get; init; } = "";

    /// <summary>How long OnDisconnectedAsync takes, in ms.</summary>
    public int DisconnectDelay { get; init; }

    /// <summary>Prints one JSON line for each event.</summary>
    public bool EventLog { get; init; }

    /// <summary>Keeps the messages of the rooms in this file; without it a restart forgets them.</summary>
    public string? HistoryFile { get; init; }

    /// <summary>How many messages a room keeps.</summary>
    public int HistorySize { get; init; } = 50;

    /// <summary>Ends when standard input does: whoever started this server is gone, however it went.</summary>
    public bool ExitWithParent { get; init; }
}
