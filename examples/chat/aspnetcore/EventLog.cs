using System.Text.Json;

namespace ChatServer;

/// <summary>One JSON line an event on standard output, for tests that start this server. Off unless asked for.</summary>
public sealed class EventLog(bool enabled)
{
    public void Add(string type, string? connectionId = null, string? userId = null)
    {
        if (!enabled) return;
        var line = new { type, at = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds(), connectionId, userId };
        Console.Out.WriteLine(JsonSerializer.Serialize(line));
    }
}
