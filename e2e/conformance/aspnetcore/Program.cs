using System.Text.Json;
using Conformance;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.AspNetCore.Http.Connections;
using Microsoft.IdentityModel.Tokens;

// The first line of the input is the start-up; commands follow (Scene.cs). Started by ../servers/aspnetcore.ts, and mirrored by ../servers/test-hub.ts.
var start = JsonSerializer.Deserialize<Start>(Console.In.ReadLine() ?? "", Scene.Json)!;
var scene = new Scene();

var builder = WebApplication.CreateSlimBuilder();
builder.Logging.ClearProviders();
// Standard output belongs to the facts.
builder.Logging.AddConsole(console => console.LogToStandardErrorThreshold = LogLevel.Trace).SetMinimumLevel(LogLevel.Warning);
builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(System.Net.IPAddress.Loopback, 0));
builder.Services.AddSingleton(scene);
builder.Services.AddSignalR()
    .AddHubOptions<DetailedHub>(hub => hub.EnableDetailedErrors = true)
    .AddHubOptions<SmallHub>(hub => hub.MaximumReceiveMessageSize = 200)
    .AddHubOptions<DetailedSmallHub>(hub => (hub.MaximumReceiveMessageSize, hub.EnableDetailedErrors) = (200, true))
    .AddHubOptions<UnlimitedHub>(hub => hub.MaximumReceiveMessageSize = null)
    .AddHubOptions<ParallelHub>(hub => hub.MaximumParallelInvocationsPerClient = 2)
    .AddHubOptions<QuickHub>(hub => hub.KeepAliveInterval = TimeSpan.FromSeconds(1))
    .AddHubOptions<StrictHub>(hub => hub.ClientTimeoutInterval = TimeSpan.FromSeconds(1))
    .AddHubOptions<DetailedStrictHub>(hub => (hub.ClientTimeoutInterval, hub.EnableDetailedErrors) = (TimeSpan.FromSeconds(1), true))
    .AddHubOptions<HastyHub>(hub => hub.HandshakeTimeout = TimeSpan.FromSeconds(1));
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
            // Browsers cannot set headers on a WebSocket or an event stream.
            if (context.Request.Query["access_token"] is [{ Length: > 0 } token]) context.Token = token;
            return Task.CompletedTask;
        },
    };
});
builder.Services.AddAuthorization();

var app = builder.Build();
app.UseAuthentication();
app.UseAuthorization();
app.MapHub<PlainHub>("/plain");
app.MapHub<PlainHub>("/leaving");
app.MapHub<PlainHub>("/failing-to-leave");
app.MapHub<PlainHub>("/refusing");
app.MapHub<PlainHub>("/refusing-kindly");
app.MapHub<PlainHub>("/refusing-late");
app.MapHub<PlainHub>("/aborting");
app.MapHub<PlainHub>("/arriving");
app.MapHub<PlainHub>("/greeting");
app.MapHub<DetailedHub>("/detailed");
app.MapHub<DetailedHub>("/detailed-refusing");
app.MapHub<CrowdHub>("/crowd");
app.MapHub<SmallHub>("/small");
app.MapHub<DetailedSmallHub>("/detailed-small");
app.MapHub<UnlimitedHub>("/unlimited");
app.MapHub<ParallelHub>("/parallel");
app.MapHub<QuickHub>("/quick");
app.MapHub<StrictHub>("/strict");
app.MapHub<DetailedStrictHub>("/detailed-strict");
app.MapHub<HastyHub>("/hasty");
app.MapHub<PlainHub>("/secured").RequireAuthorization();
app.MapHub<PlainHub>("/staff").RequireAuthorization(policy => policy.RequireRole("staff"));
app.MapHub<PlainHub>("/expiring", hub => hub.CloseOnAuthenticationExpiration = true).RequireAuthorization();
app.MapHub<PlainHub>("/web-sockets-only", hub => hub.Transports = HttpTransportType.WebSockets);
app.MapHub<PlainHub>("/long-polling-only", hub => hub.Transports = HttpTransportType.LongPolling);
app.MapHub<PlainHub>("/short-polls", hub => hub.LongPolling.PollTimeout = TimeSpan.FromSeconds(1));
app.MapHubWithTokenRefresh<PlainHub>("/refreshing", hub => hub.OnAuthenticationRefresh = change => Task.FromResult(!change.NewUser.IsInRole("blocked")))
    .RequireAuthorization();
app.MapHubWithTokenRefresh<PlainHub>("/not-refreshing", hub => hub.EnableAuthenticationRefresh = false).RequireAuthorization();

await app.StartAsync();
scene.Tell(new { fact = "listening", port = new Uri(app.Urls.First()).Port });
new Thread(scene.ObeyUntilTheInputEnds) { IsBackground = true }.Start();
await app.WaitForShutdownAsync();

/// <param name="Key">Signs the tokens, base64.</param>
public sealed record Start(string Key);
