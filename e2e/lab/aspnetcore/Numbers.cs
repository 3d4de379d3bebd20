using System.Diagnostics;
using Microsoft.AspNetCore.SignalR;

namespace Lab;

/// <summary>Tells everybody 1, 2, 3, … by the clock: what a late timer has missed is sent at once.</summary>
public sealed class Numbers(IHubContext<LabHub> hub)
{
    private volatile int last;
    private CancellationTokenSource stop = new();
    private Task running = Task.CompletedTask;

    /// <param name="every">Milliseconds.</param>
    public void Start(int every)
    {
        Stop();
        last = 0;
        stop = new CancellationTokenSource();
        running = Task.Run(() => Run(every, stop.Token));
    }

    /// <summary>The last number; it has been sent.</summary>
    public int Stop()
    {
        stop.Cancel();
        running.Wait();
        return last;
    }

    /// <summary>Each is here before it is sent.</summary>
    public int[] Since(int number) => Enumerable.Range(number + 1, Math.Max(last - number, 0)).ToArray();

    private async Task Run(int every, CancellationToken stopped)
    {
        var clock = Stopwatch.StartNew();
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(Math.Min(every, 5)));
        while (!stopped.IsCancellationRequested)
        {
            while ((last + 1L) * every <= clock.ElapsedMilliseconds) await hub.Clients.All.SendAsync("Number", ++last, CancellationToken.None);
            try { await timer.WaitForNextTickAsync(stopped); }
            catch (OperationCanceledException) { return; }
        }
    }
}
