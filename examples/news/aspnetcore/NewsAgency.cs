namespace NewsServer;

/// <summary>A source of news that never sleeps: a numbered dispatch to one topic after the other, so that a page has something to miss.</summary>
public sealed class NewsAgency(Newsroom newsroom, NewsOptions options) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stopping)
    {
        if (options.AgencyInterval <= 0) return;
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(options.AgencyInterval));
        for (var number = 1; await timer.WaitForNextTickAsync(stopping); number++)
        {
            var topic = Newsroom.Topics[number % Newsroom.Topics.Count];
            await newsroom.Publish(topic, $"{topic.Title}: dispatch {number} is in", "Agency");
        }
    }
}
