namespace NewsServer;

// The contract of examples/news/contract.ts; SignalR writes the names in camelCase. Times are epoch milliseconds.

public sealed record Topic(string Name, string Title);

public sealed record Article(long Id, string Topic, string Headline, string Author, long PublishedAt);

public sealed record Reader(string UserId, string Name);

public sealed record DirectMessage(
    long Id, string FromUserId, string FromName, string ToUserId, string ToName, string Text, long SentAt);

/// <summary>What clients of the news hear.</summary>
public interface INewsClient
{
    Task Published(Article article);
}

/// <summary>What clients of the messages hear.</summary>
public interface IMessagesClient
{
    Task MessageReceived(DirectMessage message);
    Task OnlineChanged(IReadOnlyList<Reader> readers);
}
