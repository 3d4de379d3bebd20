using System.Runtime.CompilerServices;
using System.Security.Claims;
using System.Text.Json;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.SignalR;

namespace Conformance;

/// <summary>The methods that behaviours call, mirrored in ../servers/test-hub-methods.ts. The path decides what connecting and disconnecting do.</summary>
public abstract class ConformanceHub(Scene scene) : Hub
{
    private string Path => Context.GetHttpContext()!.Request.Path.Value!.TrimStart('/');

    public override async Task OnConnectedAsync()
    {
        switch (Path)
        {
            case "refusing" or "detailed-refusing": throw new InvalidOperationException("not today");
            case "refusing-kindly": throw new HubException("not you");
            case "aborting": Context.Abort(); break;
            case "arriving" or "refusing-late":
                Tell("arriving");
                await scene.Gate(Context.ConnectionId);
                if (Path == "refusing-late") throw new HubException("not you");
                break;
            case "greeting": await Clients.Caller.SendAsync("Hello", "friend"); break;
        }
        Tell("connected");
    }

    public override async Task OnDisconnectedAsync(Exception? exception)
    {
        if (Path is "leaving" or "failing-to-leave")
        {
            Tell("leaving");
            await scene.Gate(Context.ConnectionId);
        }
        Tell("disconnected", exception is null ? "" : $"{exception.GetType().Name}: {exception.Message}");
        if (Path == "failing-to-leave") throw new InvalidOperationException("stuck");
    }

    private void Tell(string fact, string text = "") => scene.Tell(new { fact, connectionId = Context.ConnectionId, text });

    // Calls
    public int Add(int a, int b) => a + b;
    public void Nothing() { }
    public string? Null() => null;
    public JsonElement Echo(JsonElement value) => value;
    public Details Describe(Details details) => details;
    public void Fail() => throw new InvalidOperationException("secret");
    public Task FailLater() => Task.FromException(new InvalidOperationException("secret"));
    public void FailKindly() => throw new HubException("told");
    public object Unwritable() => new Unwritable();
    public async Task<string> Wait(string gate)
    {
        Tell("waiting", gate);
        await scene.Gate(gate);
        return gate;
    }
    public async Task WaitForTheEnd()
    {
        var ended = new TaskCompletionSource();
        await using var registration = Context.ConnectionAborted.Register(ended.SetResult);
        Tell("waiting");
        await ended.Task;
        Tell("aborted");
    }
    public Who Me() => new(Context.ConnectionId, Context.UserIdentifier, Context.User!.FindAll(ClaimTypes.Role).Select(role => role.Value).ToArray());
    public void Abort() => Context.Abort();
    [HubMethodName("Renamed")] public int Original() => 1;
    [Authorize] public string Members() => "welcome";
    [Authorize(Roles = "staff")] public string Staff() => "welcome";
    public int Remember(int value)
    {
        var before = Context.Items["value"] is int known ? known : 0;
        Context.Items["value"] = value;
        return before;
    }

    // Streams
    public async IAsyncEnumerable<int> Count(int count)
    {
        for (var i = 0; i < count; i++)
        {
            yield return i;
            await Task.Yield();
        }
    }
    public async IAsyncEnumerable<int> Drip(string gate, [EnumeratorCancellation] CancellationToken cancellation)
    {
        try
        {
            yield return 0;
            await scene.Gate(gate).WaitAsync(cancellation);
            yield return 1;
        }
        finally
        {
            Tell("streamEnded", cancellation.IsCancellationRequested ? "cancelled" : "completed");
        }
    }
    public async IAsyncEnumerable<int> Break()
    {
        yield return 1;
        await Task.Yield();
        throw new InvalidOperationException("midway");
    }
    public async IAsyncEnumerable<int> BreakKindly()
    {
        yield return 1;
        await Task.Yield();
        throw new HubException("midway");
    }
    public IAsyncEnumerable<int> BreakEarly() => throw new InvalidOperationException("early");
    public IAsyncEnumerable<int> BreakEarlyKindly() => throw new HubException("early");
    public IAsyncEnumerable<int>? NoStream() => null;
    [Authorize]
    public async IAsyncEnumerable<int> MembersStream()
    {
        yield return 1;
        await Task.Yield();
    }

    // Uploads
    public async Task<int> Sum(int start, IAsyncEnumerable<int> items)
    {
        await foreach (var item in items) start += item;
        return start;
    }
    public async Task<int> SumBoth(IAsyncEnumerable<int> first, IAsyncEnumerable<int> second) => await Sum(await Sum(0, first), second);
    public int TakeNone(IAsyncEnumerable<int> items) => 1;
    public async Task<string> Overhear(IAsyncEnumerable<int> items)
    {
        var sum = 0;
        try
        {
            await foreach (var item in items)
            {
                sum += item;
                Tell("heard", $"{item}");
            }
        }
        catch (Exception exception)
        {
            Tell("uploadFailed", $"{exception.GetType().Name}: {exception.Message}");
            throw new HubException(exception.Message);
        }
        return $"{sum}";
    }
    public async IAsyncEnumerable<int> Double(IAsyncEnumerable<int> items)
    {
        await foreach (var item in items) yield return 2 * item;
    }

    // Client results
    public async Task<int> Ask(string connectionId) => await Clients.Client(connectionId).InvokeAsync<int>("Question", 7, CancellationToken.None);

    // Groups and users
    public Task Join(string group) => Groups.AddToGroupAsync(Context.ConnectionId, group);
    public Task Leave(string group) => Groups.RemoveFromGroupAsync(Context.ConnectionId, group);
    public Task JoinOther(string group, string connectionId) => Groups.AddToGroupAsync(connectionId, group);
    public Task Send(string whom, string[] names, string text) => (whom switch
    {
        "caller" => Clients.Caller,
        "others" => Clients.Others,
        "all" => Clients.All,
        "allExcept" => Clients.AllExcept(names),
        "client" => Clients.Client(names[0]),
        "clients" => Clients.Clients(names),
        "group" => Clients.Group(names[0]),
        "groups" => Clients.Groups(names),
        "groupExcept" => Clients.GroupExcept(names[0], names[1]),
        "othersInGroup" => Clients.OthersInGroup(names[0]),
        "user" => Clients.User(names[0]),
        "users" => Clients.Users(names),
        _ => throw new HubException(whom),
    }).SendAsync("Said", text);
}

public sealed record Who(string ConnectionId, string? UserId, string[] Roles);

public sealed record Details(string Name, int? Age);

/// <summary>A result that no JSON writer can write.</summary>
public sealed class Unwritable
{
    public string Value => throw new InvalidOperationException("unwritable");
}
