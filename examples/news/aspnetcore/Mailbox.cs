using Microsoft.AspNetCore.SignalR;

namespace NewsServer;

/// <summary>What readers have written to each other, in memory.</summary>
public sealed class Mailbox
{
    private const int Kept = 50;
    private const int MaxText = 2000;

    private readonly Lock _lock = new();
    private readonly List<DirectMessage> _messages = [];
    private long _lastId;

    public DirectMessage Add(Reader from, Reader to, string text)
    {
        if (string.IsNullOrWhiteSpace(text)) throw new HubException("A message needs a text.");
        if (text.Length > MaxText) throw new HubException($"A message may have {MaxText} characters at most.");
        lock (_lock)
        {
            var sentAt = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
            var message = new DirectMessage(_lastId += 1, from.UserId, from.Name, to.UserId, to.Name, text, sentAt);
            _messages.Add(message);
            return message;
        }
    }

    public IReadOnlyList<DirectMessage> Of(string userId)
    {
        lock (_lock) return [.. _messages.Where(message => message.FromUserId == userId || message.ToUserId == userId).TakeLast(Kept)];
    }
}
