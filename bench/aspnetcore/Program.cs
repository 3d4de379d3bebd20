using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.SignalR;
using Microsoft.IdentityModel.Tokens;

// The first line of the input is the start-up; each further one asks how many connections are open. Started by ../server.ts.
var start = JsonSerializer.Deserialize<Start>(Console.In.ReadLine() ?? "", JsonSerializerOptions.Web)!;

var builder = WebApplication.CreateSlimBuilder();
builder.Logging.ClearProviders();
// Standard output belongs to the facts.
builder.Logging.AddConsole(console => console.LogToStandardErrorThreshold = LogLevel.Trace).SetMinimumLevel(LogLevel.Warning);
builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(System.Net.IPAddress.Loopback, 0));
builder.Services.AddSignalR(signalr => signalr.MaximumParallelInvocationsPerClient = 100);
builder.Services.AddAuthorization();
builder.Services.AddAuthentication(JwtBearerDefaults.AuthenticationScheme).AddJwtBearer(jwt =>
{
    jwt.TokenValidationParameters = new TokenValidationParameters
    {
        ValidateIssuer = false,
        ValidateAudience = false,
        IssuerSigningKey = new SymmetricSecurityKey(Convert.FromBase64String(start.Key)),
        ClockSkew = TimeSpan.Zero,
    };
    jwt.Events = new JwtBearerEvents
    {
        OnMessageReceived = context =>
        {
            if (context.Request.Query["access_token"] is [{ Length: > 0 } token]) context.Token = token;
            return Task.CompletedTask;
        },
    };
});

var app = builder.Build();
// One hub, mapped twice: as it comes, and with the drop-in file.
app.MapHub<BenchHub>("/plain", options => options.CloseOnAuthenticationExpiration = true);
app.MapHubWithTokenRefresh<BenchHub>("/renewable");
await app.StartAsync();
Console.WriteLine(JsonSerializer.Serialize(new { fact = "listening", port = new Uri(app.Urls.First()).Port }));
new Thread(() =>
{
    while (Console.In.ReadLine() is { } line)
    {
        var id = JsonDocument.Parse(line).RootElement.GetProperty("id").GetInt32();
        Console.WriteLine(JsonSerializer.Serialize(new { fact = "done", id, result = BenchHub.Connections, error = (string?)null }));
    }
    // Whoever started this server is gone.
    Environment.Exit(0);
}) { IsBackground = true }.Start();

// As many messages as are due, one after the other, so that each number is later than the one before on every connection.
var hub = app.Services.GetRequiredService<IHubContext<BenchHub>>();
var listeners = start.ToGroup ? hub.Clients.Group("numbers") : hub.Clients.All;
var clock = Stopwatch.StartNew();
using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(1));
for (var number = 0L; await timer.WaitForNextTickAsync();)
{
    while (number < clock.Elapsed.TotalSeconds * start.Rate) await listeners.SendAsync("Number", ++number);
}

/// <param name="Key">Of the tokens; base64.</param>
/// <param name="Rate">Messages a second.</param>
/// <param name="ToGroup">To the group `numbers`, not to everybody.</param>
public sealed record Start(string Key, int Rate, bool ToGroup);

[Authorize]
public sealed class BenchHub : Hub
{
    private static int connections;

    public static int Connections => connections;

    public override Task OnConnectedAsync()
    {
        Interlocked.Increment(ref connections);
        return Task.CompletedTask;
    }

    public override Task OnDisconnectedAsync(Exception? exception)
    {
        Interlocked.Decrement(ref connections);
        return Task.CompletedTask;
    }

    public Task JoinGroup(string group) => Groups.AddToGroupAsync(Context.ConnectionId, group);

    public Task JoinGroups(string[] groups) => Task.WhenAll(groups.Select(JoinGroup));

    public Task LeaveGroup(string group) => Groups.RemoveFromGroupAsync(Context.ConnectionId, group);

    public async Task<int> Echo(int value, int milliseconds)
    {
        await Task.Delay(milliseconds);
        return value;
    }

    /// <summary>Sends the caller the numbers from 0 on, so many.</summary>
    public async Task Burst(string method, int count)
    {
        for (var number = 0; number < count; number++) await Clients.Caller.SendAsync(method, number);
    }

    /// <summary>Cuts the caller off, as a lost network does: the client sees 1006.</summary>
    public void Cut() => Context.GetHttpContext()!.Abort();

    /// <summary>1, 2, … with a pause after each.</summary>
    public async IAsyncEnumerable<int> Count(int upTo, int milliseconds, [EnumeratorCancellation] CancellationToken cancelled)
    {
        for (var number = 1; number <= upTo; number++)
        {
            yield return number;
            await Task.Delay(milliseconds, cancelled);
        }
    }

    /// <summary>Ends the caller's connection exactly as its expiry would, without the wait for it.</summary>
    public void Expire() => Context.Features.Get<IConnectionLifetimeNotificationFeature>()!.RequestClose();
}
