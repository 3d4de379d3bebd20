using System.Runtime.CompilerServices;
using System.Security.Claims;
using System.Text.Json;
using System.Threading.Channels;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.SignalR;

namespace Lab;

/// <summary>The hub of ../lab.ts; what a method means is said there.</summary>
public sealed class LabHub(LabState state, Facts facts, LiveConnections live, Numbers numbers) : Hub
{
    public override Task OnConnectedAsync()
    {
        if (state.TakeFailingConnection()) throw new InvalidOperationException("OnConnected was told to fail.");
        live.Add(Context);
        facts.Write(new { fact = "connected", Context.ConnectionId, userId = Context.UserIdentifier, at = Facts.Now });
        return Task.CompletedTask;
    }

    public override async Task OnDisconnectedAsync(Exception? exception)
    {
        live.Remove(Context);
        facts.Write(new { fact = "disconnecting", Context.ConnectionId, at = Facts.Now });
        await Task.Delay(state.With(s => s.DisconnectDelay));
        facts.Write(new { fact = "disconnected", Context.ConnectionId, at = Facts.Now });
    }

    public JsonElement Echo(JsonElement value) => value;

    public double Add(double a, double b) => a + b;

    public Task JoinGroup(string group) => Join(group);

    public Task JoinGroups(string[] groups) => Join(groups);

    public async Task LeaveGroup(string group)
    {
        await Groups.RemoveFromGroupAsync(Context.ConnectionId, group);
        facts.Write(new { fact = "left", Context.ConnectionId, group });
    }

    public Task SendToGroup(string group, string text) => Clients.Group(group).SendAsync("GroupMessage", group, text);

    public async Task<string> Slow(int ms, string tag)
    {
        state.Change(s => s.Counts[tag] = s.Counts.GetValueOrDefault(tag) + 1);
        await Task.Delay(ms);
        return tag;
    }

    public int Count(string tag) => state.With(s => s.Counts.GetValueOrDefault(tag));

    public void Fail(string kind) =>
        throw (kind == "hub" ? new HubException("You cannot do that.") : new InvalidOperationException("A secret of the server."));

    [Authorize(Roles = "admin")]
    public string RolesOnly() => "welcome";

    public object WhoAmI() => new
    {
        userId = Context.UserIdentifier,
        roles = Context.User?.FindAll(ClaimTypes.Role).Select(claim => claim.Value).ToArray() ?? [],
        connectionId = Context.ConnectionId,
    };

    public int[] NumbersSince(int number) => numbers.Since(number);

    public Task<JsonElement> AskClient(string method, JsonElement argument) =>
        Clients.Caller.InvokeCoreAsync<JsonElement>(method, [argument], Context.ConnectionAborted);

    public async IAsyncEnumerable<int> Counter(int count, int delayMs, [EnumeratorCancellation] CancellationToken cancel)
    {
        for (var number = 1; number <= count; number++)
        {
            if (delayMs > 0) await Task.Delay(delayMs, cancel);
            yield return number;
        }
    }

    public Task<List<int>> Collect(string run, IAsyncEnumerable<int> numbers) =>
        Observe(run, tell => tell.Read(numbers).ToListAsync());

    public Task<object> CollectTwo(string run, IAsyncEnumerable<int> numbers, ChannelReader<string> words) => Observe<object>(run, async tell =>
    {
        var first = tell.Read(numbers).ToListAsync().AsTask();
        var second = tell.Read(words.ReadAllAsync()).ToListAsync().AsTask();
        await Task.WhenAll(first, second);
        return new { numbers = await first, words = await second };
    });

    public Task<List<int>> CollectSome(string run, int count, IAsyncEnumerable<int> numbers) =>
        Observe(run, tell => tell.Read(numbers).Take(count).ToListAsync());

    public async IAsyncEnumerable<int> Ticks(string run, int delayMs, [EnumeratorCancellation] CancellationToken cancel)
    {
        var tell = new Run(facts, run, Context.ConnectionId);
        try
        {
            for (var number = 1; ; number++)
            {
                yield return number;
                await Task.Delay(delayMs, cancel);
            }
        }
        finally
        {
            tell.Ended("cancelled");
        }
    }

    public ChannelReader<int> Double(string run, IAsyncEnumerable<int> numbers, CancellationToken cancel)
    {
        var doubled = Channel.CreateUnbounded<int>();
        _ = Observe(run, async tell =>
        {
            try
            {
                await foreach (var number in tell.Read(numbers).WithCancellation(cancel)) doubled.Writer.TryWrite(2 * number);
                // SignalR completes the streams of a cancelled call: without a look at the token they seem to have come whole.
                cancel.ThrowIfCancellationRequested();
                doubled.Writer.Complete();
            }
            catch (Exception exception)
            {
                doubled.Writer.Complete(exception);
                throw;
            }
            return true;
        });
        return doubled.Reader;
    }

    private async Task<T> Observe<T>(string run, Func<Run, ValueTask<T>> body)
    {
        var tell = new Run(facts, run, Context.ConnectionId);
        try
        {
            var result = await body(tell);
            tell.Ended("completed");
            return result;
        }
        catch (Exception exception)
        {
            tell.Ended(exception is OperationCanceledException ? "cancelled" : exception.Message);
            throw;
        }
    }

    private async Task Join(params string[] groups)
    {
        var id = facts.NextJoin();
        var outcome = "lost";
        facts.Write(new { fact = "joining", id, Context.ConnectionId, groups, at = Facts.Now });
        try
        {
            await Task.Delay(state.With(s => s.JoinDelay));
            var refused = state.With(s => groups.FirstOrDefault(s.RefusedGroups.Contains));
            if (refused is not null)
            {
                outcome = "refused";
                throw new HubException($"The group '{refused}' is closed to you.");
            }
            if (groups.Any(state.TakeFailure))
            {
                outcome = "failed";
                throw new InvalidOperationException("The database is down.");
            }
            if (Context.ConnectionAborted.IsCancellationRequested) return;
            foreach (var group in groups) await Groups.AddToGroupAsync(Context.ConnectionId, group);
            outcome = "joined";
        }
        finally
        {
            facts.Write(new { fact = "joinEnded", id, outcome });
        }
    }
}

/// <summary>Tells of each invocation that was authorised, in the order the hub took them.</summary>
public sealed class CallJournal(Facts facts) : IHubFilter
{
    public ValueTask<object?> InvokeMethodAsync(HubInvocationContext call, Func<HubInvocationContext, ValueTask<object?>> next)
    {
        facts.Write(new
        {
            fact = "called",
            call.Context.ConnectionId,
            userId = call.Context.UserIdentifier,
            method = call.HubMethodName,
            // Streams are the method's to read.
            args = call.HubMethodArguments.Where(argument => argument is not (CancellationToken or IAsyncEnumerable<int> or ChannelReader<string>)),
            at = Facts.Now,
        });
        return next(call);
    }
}
