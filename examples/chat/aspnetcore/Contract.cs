namespace ChatServer;

// The contract of examples/chat/contract.ts; SignalR writes the names in camelCase. Times are epoch milliseconds.

public sealed record ChatMessage(
    long Id, string Room, string UserId, string Name, string Text, long SentAt, bool Truncated);

public sealed record DirectMessage(
    long Id, string FromUserId, string FromName, string ToUserId, string Text, long SentAt);

public sealed record OnlineUser(string UserId, string Name);

public sealed record Room(string Name, string Title, string? Role);

/// <summary>What clients hear.</summary>
public interface IChatClient
{
    Task MessageReceived(ChatMessage message);
    Task DirectMessageReceived(DirectMessage message);
    Task OnlineChanged(IReadOnlyList<OnlineUser> users);
}
