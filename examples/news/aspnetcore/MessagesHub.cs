using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.SignalR;

namespace NewsServer;

/// <summary>Messages between two readers, and who is there to read them.</summary>
[Authorize]
public sealed class MessagesHub(Readers readers, Mailbox mailbox) : Hub<IMessagesClient>
{
    // [Authorize] lets nobody in without a subject that SubjectUserIdProvider finds.
    private Reader Self => new(Context.UserIdentifier!, Context.User?.Identity?.Name ?? Context.UserIdentifier!);

    public IReadOnlyList<Reader> Online() => readers.List();

    public IReadOnlyList<DirectMessage> Messages() => mailbox.Of(Self.UserId);

    public Task Send(string userId, string text)
    {
        var receiver = readers.Find(userId) ?? throw new HubException($"'{userId}' is not online.");
        var message = mailbox.Add(Self, receiver, text);
        return Clients.Users(new HashSet<string> { message.FromUserId, message.ToUserId }.ToList()).MessageReceived(message);
    }

    public override async Task OnConnectedAsync()
    {
        await readers.Add(Self, Context.ConnectionId);
        await base.OnConnectedAsync();
    }

    public override async Task OnDisconnectedAsync(Exception? exception)
    {
        await readers.Remove(Self.UserId, Context.ConnectionId);
        await base.OnDisconnectedAsync(exception);
    }
}
