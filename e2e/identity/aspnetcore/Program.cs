using System.Text.Json;
using IdentityLab;
using Microsoft.AspNetCore.Authentication.BearerToken;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.SignalR;

// The first line of the input is the start-up; commands follow. Started by ../aspnetcore-identity.ts.
var json = new JsonSerializerOptions(JsonSerializerDefaults.Web);
var start = JsonSerializer.Deserialize<Start>(Console.In.ReadLine() ?? "", json)!;
var output = Console.Out;
var refusals = new Refusals();

var builder = WebApplication.CreateSlimBuilder();
builder.Logging.ClearProviders();
// Standard output belongs to the facts. Below Warning the request log would print URLs with access_token.
builder.Logging.AddConsole(console => console.LogToStandardErrorThreshold = LogLevel.Trace).SetMinimumLevel(LogLevel.Warning);
builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(System.Net.IPAddress.Loopback, 0));
builder.Services.AddSignalR();
builder.Services.AddIdentityApiEndpoints<User>(identity =>
{
    identity.Password.RequireNonAlphanumeric = false;
    identity.Password.RequireUppercase = false;
    identity.Password.RequireDigit = false;
}).AddUserStore<MemoryUsers>();
builder.Services.AddOptions<BearerTokenOptions>(IdentityConstants.BearerScheme).Configure(bearer =>
{
    bearer.BearerTokenExpiration = TimeSpan.FromSeconds(start.ExpiresIn);
    // Its handler reads the header only; browsers cannot set one on a WebSocket.
    bearer.Events.OnMessageReceived = context =>
    {
        if (context.Request.Path.StartsWithSegments("/hub") && context.Request.Query["access_token"] is [{ Length: > 0 } token])
            context.Token = token;
        return Task.CompletedTask;
    };
});
builder.Services.ConfigureApplicationCookie(cookie =>
{
    // A hub wants a status, not the page of a sign-in.
    cookie.Events.OnRedirectToLogin = context => { context.Response.StatusCode = 401; return Task.CompletedTask; };
});
builder.Services.AddAuthorization();

var app = builder.Build();
app.Use(async (context, next) =>
{
    var request = context.Request;
    // Before the client can have read the answer; an upgrade's request ends only with its connection.
    context.Response.OnStarting(() =>
    {
        var upgrade = request.Headers.Upgrade == "websocket";
        Write(new { fact = "request", method = request.Method, path = request.Path.Value, status = context.Response.StatusCode, upgrade, csrf = request.Headers["X-CSRF"].FirstOrDefault(), cookie = request.Headers.Cookie.Count > 0 });
        return Task.CompletedTask;
    });
    if (refusals.Take(request.Path) is { } status) context.Response.StatusCode = status;
    else await next();
});
// What a BFF asks of every request that a form of another site cannot make (Duende BFF, ASP.NET Core anti-forgery): a header.
app.Use(async (context, next) =>
{
    if (context.Request.Path.StartsWithSegments("/hub-csrf/negotiate") && context.Request.Headers["X-CSRF"] != "1") context.Response.StatusCode = 401;
    else await next();
});
app.UseAuthentication();
app.UseAuthorization();
app.UseWebSockets(new WebSocketOptions { AllowedOrigins = { "https://app.example" } });
app.MapIdentityApi<User>();
app.MapGet("/bff/user", (HttpContext context) => context.User.Identity?.Name).RequireAuthorization();
app.MapHub<IdentityHub>("/hub", hub => hub.CloseOnAuthenticationExpiration = true).RequireAuthorization();
app.MapHub<IdentityHub>("/hub-csrf", hub => hub.CloseOnAuthenticationExpiration = true).RequireAuthorization();

using (var scope = app.Services.CreateScope())
{
    var users = scope.ServiceProvider.GetRequiredService<UserManager<User>>();
    foreach (var seed in start.Users)
    {
        var user = new User { Name = seed.Name, AuthenticatorKey = seed.AuthenticatorKey, TwoFactor = seed.AuthenticatorKey != null, RecoveryCodes = seed.RecoveryCodes ?? [] };
        var created = await users.CreateAsync(user, seed.Password);
        if (!created.Succeeded) throw new InvalidOperationException(created.ToString());
    }
}
await app.StartAsync();
Write(new { fact = "listening", port = new Uri(app.Urls.First()).Port });
new Thread(Obey) { IsBackground = true }.Start();
await app.WaitForShutdownAsync();

void Obey()
{
    while (Console.In.ReadLine() is { } line)
    {
        var command = JsonSerializer.Deserialize<Command>(line, json)!;
        if (command.Name == "refuse") refusals.Add(command.Path!, command.Status, command.Times);
        // The answer comes after all facts before it: that is what `sync` asks for.
        Write(new { fact = "done", id = command.Id, result = (object?)null, error = (string?)null });
    }
    Environment.Exit(0);
}

void Write(object fact)
{
    var line = JsonSerializer.Serialize(fact, json);
    lock (output)
    {
        output.WriteLine(line);
        output.Flush();
    }
}

public sealed record Start(int ExpiresIn, Seed[] Users);
public sealed record Seed(string Name, string Password, string? AuthenticatorKey, string[]? RecoveryCodes);
public sealed record Command(int Id, string Name, string? Path, int Status, int Times);

/// <summary>Statuses that the next requests to a path get instead of an answer.</summary>
public sealed class Refusals
{
    readonly List<(string Path, int Status)> list = [];

    public void Add(string path, int status, int times)
    {
        lock (list)
            for (var i = 0; i < times; i++) list.Add((path, status));
    }

    public int? Take(PathString path)
    {
        lock (list)
        {
            var index = list.FindIndex(refusal => path == refusal.Path);
            if (index < 0) return null;
            var status = list[index].Status;
            list.RemoveAt(index);
            return status;
        }
    }
}

public sealed class IdentityHub : Hub
{
    public string? WhoAmI() => Context.User?.Identity?.Name;

    /// <summary>What a proxy that has had enough does: the connection dies without a word.</summary>
    public void Leave() => Context.GetHttpContext()!.Abort();
}
