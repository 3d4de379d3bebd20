using System.Collections.Concurrent;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.SignalR;

namespace Lab;

/// <summary>The hub connections that can be asked to end, and the TCP connections under them that can be cut.</summary>
public sealed class LiveConnections
{
    private readonly ConcurrentDictionary<string, HubCallerContext> hubs = new();
    private readonly ConcurrentDictionary<string, ConnectionContext> sockets = new();
    private readonly ConcurrentDictionary<string, string> carrying = new();
    private readonly ConcurrentDictionary<string, string> polling = new();
    private readonly ConcurrentDictionary<string, string> dropped = new();

    public void Add(HubCallerContext context) => hubs[context.ConnectionId] = context;

    public void Remove(HubCallerContext context) => hubs.TryRemove(context.ConnectionId, out _);

    /// <summary>Kestrel connection middleware: every TCP connection, before HTTP.</summary>
    public ConnectionDelegate Track(ConnectionDelegate next) => async socket =>
    {
        sockets[socket.ConnectionId] = socket;
        try
        {
            await next(socket);
        }
        finally
        {
            sockets.TryRemove(socket.ConnectionId, out _);
        }
    };

    /// <summary>HTTP middleware: marks the TCP connection as long as a WebSocket, an event stream or a poll runs on it.</summary>
    public async Task Carry(HttpContext context, RequestDelegate next)
    {
        if (!HttpMethods.IsGet(context.Request.Method))
        {
            await next(context);
            return;
        }
        var id = context.Connection.Id;
        var poll = PollOf(context.Request);
        if (poll is not null && dropped.ContainsKey(poll))
        {
            context.Abort();
            return;
        }
        if (poll is not null) polling[poll] = poll;
        carrying[id] = id;
        try
        {
            await next(context);
        }
        finally
        {
            carrying.TryRemove(id, out _);
            if (poll is not null && context.Response.StatusCode != StatusCodes.Status200OK) polling.TryRemove(poll, out _);
        }
    }

    private static string? PollOf(HttpRequest request)
    {
        var isPoll = request.Headers.Upgrade.Count == 0 && !request.Headers.Accept.ToString().Contains("event-stream");
        return isPoll ? request.Query["id"].FirstOrDefault() : null;
    }

    /// <summary>
    /// Below HTTP on purpose: HubCallerContext.Abort() would first say goodbye with a Close message.
    /// </summary>
    public void Drop()
    {
        foreach (var id in carrying.Keys)
        {
            if (sockets.TryGetValue(id, out var socket)) socket.Abort(new ConnectionAbortedException("Dropped by the lab."));
        }
        // Between two polls there is nothing to cut: the next one is.
        foreach (var poll in polling.Keys) dropped[poll] = poll;
    }

    public void CloseAll(bool allowReconnect)
    {
        foreach (var hub in hubs.Values)
        {
            if (allowReconnect) hub.Features.Get<IConnectionLifetimeNotificationFeature>()?.RequestClose();
            else hub.Abort();
        }
    }
}
