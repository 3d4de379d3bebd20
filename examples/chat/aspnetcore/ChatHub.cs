using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.SignalR;

namespace ChatServer;

/// <summary>The chat. Visitors may listen; what needs a user says so with [Authorize].</summary>
public sealed class ChatHub(ChatRooms rooms, OnlineUsers online, RefusedTokens refusedTokens, EventLog events, ChatOptions options)
    : Hub<IChatClient>
{
    // Not kept, yet never repeated, not even by the next process.
    private static long _lastDirectMessage = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();

    private bool IsVisitor => Context.UserIdentifier is null;
    private string UserId => Context.UserIdentifier ?? throw new HubException("Log in first.");
    private string UserName => Context.User?.Identity?.Name ?? UserId;

    public IReadOnlyList<Room> Rooms() => ChatRooms.All;

    public IReadOnlyList<OnlineUser> Online() => online.List();

    public async Task JoinRoom(string room)
    {
        var name = ChatRooms.Enter(room, Context.User).Name;
        await Groups.AddToGroupAsync(Context.ConnectionId, IsVisitor ? Visitors(name) : Members(name));
    }

    public async Task LeaveRoom(string room)
    {
        await Groups.RemoveFromGroupAsync(Context.ConnectionId, Members(room));
        await Groups.RemoveFromGroupAsync(Context.ConnectionId, Visitors(room));
    }

    public IReadOnlyList<ChatMessage> History(string room)
    {
        var messages = rooms.History(ChatRooms.Enter(room, Context.User));
        return IsVisitor ? [.. messages.Select(ChatRooms.CutForVisitors)] : messages;
    }

    [Authorize]
    public async Task Send(string room, string text)
    {
        var message = rooms.Add(ChatRooms.Enter(room, Context.User), UserId, UserName, ChatRooms.CheckText(text));
        await Task.WhenAll(
            Clients.Group(Members(room)).MessageReceived(message),
            Clients.Group(Visitors(room)).MessageReceived(ChatRooms.CutForVisitors(message)));
    }

    [Authorize]
    public async Task SendDirect(string userId, string text)
    {
        ChatRooms.CheckText(text);
        if (userId is null || !online.Contains(userId)) throw new HubException($"The user '{userId}' is not online.");
        var id = Interlocked.Increment(ref _lastDirectMessage);
        var message = new DirectMessage(id, UserId, UserName, userId, text, DateTimeOffset.UtcNow.ToUnixTimeMilliseconds());
        await Clients.Users(new HashSet<string> { userId, UserId }.ToList()).DirectMessageReceived(message);
    }

    /// <summary>Kills the socket without a Close frame, as a lost network does.</summary>
    public void DropMyConnection() => Context.GetHttpContext()!.Abort();

    [Authorize]
    public void ExpireMyToken()
    {
        refusedTokens.RefuseUntilNow(UserId);
        online.CloseConnections(UserId);
    }

    public override async Task OnConnectedAsync()
    {
        events.Add("connected", Context.ConnectionId, Context.UserIdentifier);
        if (!IsVisitor) await online.Add(new OnlineUser(UserId, UserName), Context);
        await base.OnConnectedAsync();
    }

    public override async Task OnDisconnectedAsync(Exception? exception)
    {
        if (!IsVisitor) await online.Remove(UserId, Context.ConnectionId);
        if (options.DisconnectDelay > 0) await Task.Delay(options.DisconnectDelay);
        await base.OnDisconnectedAsync(exception);
        events.Add("disconnected-finished", Context.ConnectionId, Context.UserIdentifier);
    }

    // Visitors hear messages cut, so each room is two groups.
    private static string Members(string room) => $"{room}/members";
    private static string Visitors(string room) => $"{room}/visitors";
}
