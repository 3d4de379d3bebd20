using Microsoft.AspNetCore.SignalR;

namespace NewsServer;

/// <summary>What was published, and who hears of it.</summary>
public sealed class Newsroom(IHubContext<NewsHub, INewsClient> hub)
{
    private const int Kept = 50;
    private const int MaxHeadline = 200;

    public static readonly IReadOnlyList<Topic> Topics =
    [
        new("weather", "Weather"),
        new("science", "Science"),
        new("sports", "Sports"),
    ];

    private readonly Lock _lock = new();
    private readonly Dictionary<string, List<Article>> _articles = Topics.ToDictionary(topic => topic.Name, _ => new List<Article>());
    private readonly Dictionary<string, long> _lastIds = Topics.ToDictionary(topic => topic.Name, _ => 0L);

    public static Topic Find(string name) =>
        Topics.FirstOrDefault(topic => topic.Name == name) ?? throw new HubException($"There is no topic '{name}'.");

    public IReadOnlyList<Article> Articles(Topic topic)
    {
        lock (_lock) return [.. _articles[topic.Name]];
    }

    public Task Publish(Topic topic, string headline, string author)
    {
        if (string.IsNullOrWhiteSpace(headline)) throw new HubException("An article needs a headline.");
        if (headline.Length > MaxHeadline) throw new HubException($"A headline may have {MaxHeadline} characters at most.");
        lock (_lock)
        {
            var id = _lastIds[topic.Name] += 1;
            var article = new Article(id, topic.Name, headline, author, DateTimeOffset.UtcNow.ToUnixTimeMilliseconds());
            var articles = _articles[topic.Name];
            articles.Add(article);
            if (articles.Count > Kept) articles.RemoveAt(0);
            // Stored first and sent then, so that a reader who joins first and loads then misses nothing. Sent under the lock,
            // so that everybody hears of articles in their order; only the waiting is done outside.
            return hub.Clients.Group(topic.Name).Published(article);
        }
    }
}
