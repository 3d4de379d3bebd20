using Microsoft.AspNetCore.SignalR;

namespace NewsServer;

/// <summary>Who is online: a reader may have several connections, one a tab.</summary>
public sealed class Readers(IHubContext<MessagesHub, IMessagesClient> hub)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, (Reader Reader, HashSet<string> Connections)> _present = [];

    public Reader? Find(string userId)
    {
        lock (_lock) return _present.TryGetValue(userId, out var presence) ? presence.Reader : null;
    }

    public IReadOnlyList<Reader> List()
    {
        lock (_lock) return [.. _present.Values.Select(presence => presence.Reader).OrderBy(reader => reader.Name, StringComparer.Ordinal)];
    }

    public Task Add(Reader reader, string connectionId)
    {
        lock (_lock)
        {
            var isNew = !_present.TryGetValue(reader.UserId, out var presence);
            if (isNew) _present[reader.UserId] = presence = (reader, []);
            presence.Connections.Add(connectionId);
            return isNew ? Announce() : Task.CompletedTask;
        }
    }

    public Task Remove(string userId, string connectionId)
    {
        lock (_lock)
        {
            if (!_present.TryGetValue(userId, out var presence)) return Task.CompletedTask;
            presence.Connections.Remove(connectionId);
            return presence.Connections.Count == 0 && _present.Remove(userId) ? Announce() : Task.CompletedTask;
        }
    }

    // Called under the lock, so that lists leave in the order of the changes; only the waiting is done outside.
    private Task Announce() => hub.Clients.All.OnlineChanged(List());
}
