using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.SignalR;

namespace NewsServer;

/// <summary>A topic is a group: whoever has joined it hears what is published.</summary>
[Authorize]
public sealed class NewsHub(Newsroom newsroom) : Hub<INewsClient>
{
    public IReadOnlyList<Topic> Topics() => Newsroom.Topics;

    public Task JoinTopic(string topic) => Groups.AddToGroupAsync(Context.ConnectionId, Newsroom.Find(topic).Name);

    public Task LeaveTopic(string topic) => Groups.RemoveFromGroupAsync(Context.ConnectionId, Newsroom.Find(topic).Name);

    public IReadOnlyList<Article> Articles(string topic) => newsroom.Articles(Newsroom.Find(topic));

    public Task Publish(string topic, string headline) =>
        newsroom.Publish(Newsroom.Find(topic), headline, Context.User?.Identity?.Name ?? "Somebody");
}
