using System.Runtime.CompilerServices;
using System.Security.Claims;
using System.Text.Json;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.SignalR;
using Microsoft.IdentityModel.Tokens;

// The first line of the input is the start-up; each further one asks how many connections can be renewed.
// Started by ../server.ts.
var start = JsonSerializer.Deserialize<Start>(Console.In.ReadLine() ?? "", JsonSerializerOptions.Web)!;

if (start.Authentication == "forgotten")
{
    await OldStyle.RunWithoutMiddleware();
    return;
}
var builder = WebApplication.CreateSlimBuilder();
builder.Logging.ClearProviders();
// Standard output belongs to the facts.
builder.Logging.AddConsole(console => console.LogToStandardErrorThreshold = LogLevel.Trace).SetMinimumLevel(LogLevel.Warning);
builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(System.Net.IPAddress.Loopback, 0));
// Who says nothing is waited for 15 s otherwise.
builder.Services.AddSignalR(signalr => signalr.HandshakeTimeout = TimeSpan.FromSeconds(5));
builder.Services.AddAuthorization(authorization => authorization.AddPolicy("admins", policy => policy.RequireRole("admin")));
if (start.Authentication != "none")
{
    builder.Services.AddAuthentication(JwtBearerDefaults.AuthenticationScheme).AddJwtBearer(jwt =>
    {
        jwt.TokenValidationParameters = new TokenValidationParameters
        {
            ValidateIssuer = false,
            ValidateAudience = false,
            IssuerSigningKey = new SymmetricSecurityKey(Convert.FromBase64String(start.Key)),
            ClockSkew = TimeSpan.Zero,
            RoleClaimType = "roles",
        };
        jwt.MapInboundClaims = false;
        jwt.Events = new JwtBearerEvents
        {
            OnMessageReceived = context =>
            {
                if (context.Request.Query["access_token"] is [{ Length: > 0 } token]) context.Token = token;
                return Task.CompletedTask;
            },
        };
    });
    builder.Services.AddSingleton<IUserIdProvider, SubjectUserIdProvider>();
}

var app = builder.Build();
TokenRefreshEndpoints[] hubs =
[
    app.MapHubWithTokenRefresh<TestHub>("/hub", options => options.OnAuthenticationRefresh = context => Task.FromResult(
        !context.NewUser.IsInRole("blocked")
        && !context.PreviousUser.IsInRole("settled")
        && context.NewExpiration < DateTimeOffset.UtcNow.AddHours(1))),
    app.MapHubWithTokenRefresh<TestHub>("/disabled", options => options.EnableAuthenticationRefresh = false),
    app.MapHubWithTokenRefresh<TestHub>("/lasting", options => options.CloseOnAuthenticationExpiration = false),
    app.MapHubWithTokenRefresh<OpenHub>("/open"),
    app.MapHubWithTokenRefresh<OpenHub>("/staff").RequireAuthorization(policy => policy.RequireRole("staff")),
    app.MapHubWithTokenRefresh<OpenHub>("/stateful", options => options.AllowStatefulReconnects = true).RequireAuthorization(),
];
await app.StartAsync();
Console.WriteLine(JsonSerializer.Serialize(new { fact = "listening", port = new Uri(app.Urls.First()).Port }));
new Thread(() =>
{
    while (Console.In.ReadLine() is { } line)
    {
        var id = JsonDocument.Parse(line).RootElement.GetProperty("id").GetInt32();
        Console.WriteLine(JsonSerializer.Serialize(new { fact = "done", id, result = hubs.Sum(hub => hub.RenewableConnections), error = (string?)null }));
    }
    // Whoever started this server is gone.
    Environment.Exit(0);
}) { IsBackground = true }.Start();
await app.WaitForShutdownAsync();

/// <param name="Key">Of the tokens; base64.</param>
/// <param name="Authentication">"jwt"; "none": no scheme; "forgotten": a scheme, and nobody calls UseAuthentication.</param>
public sealed record Start(string Key, string Authentication);

public sealed class SubjectUserIdProvider : IUserIdProvider
{
    public string? GetUserId(HubConnectionContext connection) => connection.User.FindFirstValue("sub");
}

/// <summary>WebApplication adds the middleware by itself; a host that is put together by hand does not.</summary>
public static class OldStyle
{
    public static async Task RunWithoutMiddleware()
    {
        using var host = new HostBuilder()
            .ConfigureLogging(logging => logging.AddConsole(console => console.LogToStandardErrorThreshold = LogLevel.Trace).SetMinimumLevel(LogLevel.Warning))
            .ConfigureWebHost(web => web
                .UseKestrel(kestrel => kestrel.Listen(System.Net.IPAddress.Loopback, 0))
                .ConfigureServices(services => services.AddRouting().AddSignalR().Services.AddAuthentication("jwt").AddJwtBearer("jwt", _ => { }))
                .Configure(app => app.UseRouting().UseEndpoints(routes => routes.MapHubWithTokenRefresh<OpenHub>("/open"))))
            .Build();
        await host.StartAsync();
        var addresses = host.Services.GetRequiredService<Microsoft.AspNetCore.Hosting.Server.IServer>()
            .Features.Get<Microsoft.AspNetCore.Hosting.Server.Features.IServerAddressesFeature>()!.Addresses;
        Console.WriteLine(JsonSerializer.Serialize(new { fact = "listening", port = new Uri(addresses.First()).Port }));
        while (Console.In.ReadLine() is not null) { }
    }
}

public class OpenHub : Hub
{
    public string? User() => Context.UserIdentifier;

    /// <summary>What a hub method sees of the caller, in each of the places where it may look.</summary>
    public IEnumerable<string> Roles() => Context.User!.FindAll("roles").Select(claim => claim.Value);
    public IEnumerable<string> RolesOfTheRequest() => Context.GetHttpContext()!.User.FindAll("roles").Select(claim => claim.Value);

    [Authorize("admins")]
    public string Secret() => "secret";

    public async IAsyncEnumerable<int> Count(int upTo, int milliseconds, [EnumeratorCancellation] CancellationToken cancelled)
    {
        for (var number = 1; number <= upTo; number++)
        {
            yield return number;
            await Task.Delay(milliseconds, cancelled);
        }
    }

    public Task Join(string group) => Groups.AddToGroupAsync(Context.ConnectionId, group);
    public Task Tell(string group, string text) => Clients.Group(group).SendAsync("Told", text);
    public Task TellUser(string user, string text) => Clients.User(user).SendAsync("Told", text);
}

[Authorize]
public sealed class TestHub : OpenHub;
