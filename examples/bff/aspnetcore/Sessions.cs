using System.Collections.Concurrent;
using System.Security.Claims;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.SignalR;

namespace BffServer;

/// <summary>
/// The sessions are kept here, and the cookie holds nothing but the key of one: so a session can be ended by the server. Its
/// connections end with it. A WebSocket is asked for its cookie once, when it opens; without this it would outlive the logout.
/// </summary>
public sealed class Sessions : ITicketStore
{
    private const string SessionId = "sid";

    private readonly ConcurrentDictionary<string, AuthenticationTicket> _tickets = new();
    private readonly ConcurrentDictionary<string, (string? Session, IConnectionLifetimeNotificationFeature? Lifetime)> _connections = new();

    public static ClaimsPrincipal Begin(DemoUser user)
    {
        Claim[] claims = [new(ClaimTypes.NameIdentifier, user.Id), new(ClaimTypes.Name, user.Name), new(SessionId, RandomNumberGenerator.GetHexString(32))];
        return new ClaimsPrincipal(new ClaimsIdentity(claims, CookieAuthenticationDefaults.AuthenticationScheme));
    }

    public void Connected(HubCallerContext connection) => _connections[connection.ConnectionId] =
        (connection.User?.FindFirstValue(SessionId), connection.Features.Get<IConnectionLifetimeNotificationFeature>());

    public void Disconnected(HubCallerContext connection) => _connections.TryRemove(connection.ConnectionId, out _);

    /// <summary>As an administrator would, who has seen enough.</summary>
    public void EndAllOf(string userId)
    {
        foreach (var (key, ticket) in _tickets)
        {
            if (ticket.Principal.FindFirstValue(ClaimTypes.NameIdentifier) == userId) End(key);
        }
    }

    public Task<string> StoreAsync(AuthenticationTicket ticket)
    {
        var key = RandomNumberGenerator.GetHexString(64);
        _tickets[key] = ticket;
        return Task.FromResult(key);
    }

    public Task RenewAsync(string key, AuthenticationTicket ticket)
    {
        _tickets[key] = ticket;
        return Task.CompletedTask;
    }

    public Task<AuthenticationTicket?> RetrieveAsync(string key) => Task.FromResult(_tickets.GetValueOrDefault(key));

    public Task RemoveAsync(string key)
    {
        End(key);
        return Task.CompletedTask;
    }

    private void End(string key)
    {
        if (!_tickets.TryRemove(key, out var ticket)) return;
        var session = ticket.Principal.FindFirstValue(SessionId);
        // The way an expiry closes them: the client may come back, asks who is signed in, and finds nobody.
        foreach (var connection in _connections.Values.Where(connection => connection.Session == session)) connection.Lifetime?.RequestClose();
    }
}
