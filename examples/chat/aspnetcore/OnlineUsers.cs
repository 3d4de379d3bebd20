using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.SignalR;

namespace ChatServer;

/// <summary>Who is there, with which connections. Visitors are nobody here.</summary>
public sealed class OnlineUsers(IHubContext<ChatHub, IChatClient> hub)
{
    private sealed record Presence(OnlineUser User, Dictionary<string, IConnectionLifetimeNotificationFeature?> Connections);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, Presence> _present = [];

    public bool Contains(string userId)
    {
        lock (_lock) return _present.ContainsKey(userId);
    }

    public IReadOnlyList<OnlineUser> List()
    {
        lock (_lock) return [.. _present.Values.Select(presence => presence.User).OrderBy(user => user.Name, StringComparer.Ordinal)];
    }

    public Task Add(OnlineUser user, HubCallerContext connection)
    {
        lock (_lock)
        {
            var isNew = !_present.TryGetValue(user.UserId, out var presence);
            if (isNew) _present[user.UserId] = presence = new Presence(user, []);
            presence!.Connections[connection.ConnectionId] = connection.Features.Get<IConnectionLifetimeNotificationFeature>();
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

    /// <summary>Ends the user's connections as the expiry of their token would: the client may come back, with a newer one.</summary>
    public void CloseConnections(string userId)
    {
        IConnectionLifetimeNotificationFeature?[] connections;
        lock (_lock) connections = _present.TryGetValue(userId, out var presence) ? [.. presence.Connections.Values] : [];
        foreach (var connection in connections) connection?.RequestClose();
    }

    // Called under the lock, so that lists leave in the order of the changes; only the waiting is done outside.
    private Task Announce() => hub.Clients.All.OnlineChanged(List());
}
