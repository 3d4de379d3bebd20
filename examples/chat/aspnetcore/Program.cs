using ChatServer;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.AspNetCore.SignalR;
using Microsoft.IdentityModel.JsonWebTokens;

const string hubPath = "/hubs/chat";

var builder = WebApplication.CreateBuilder(args);
var options = builder.Configuration.GetSection("Chat").Get<ChatOptions>() ?? new ChatOptions();
if (options.Authority == "")
{
    Console.Error.WriteLine("Set Chat__Authority to the URL of the OpenID provider, for example http://127.0.0.1:3001.");
    return 1;
}

// A browser can send the token of a WebSocket in the query only, and the request log at Information prints the query.
foreach (var category in new[] { "Microsoft.AspNetCore", "Microsoft.AspNetCore.Hosting.Diagnostics", "Microsoft.AspNetCore.Http.Connections" })
{
    builder.Logging.AddFilter(category, LogLevel.Warning);
}

builder.Services.AddSingleton(options);
builder.Services.AddSingleton(new ChatRooms(options.HistoryFile, options.HistorySize));
builder.Services.AddSingleton(new EventLog(options.EventLog));
builder.Services.AddSingleton<OnlineUsers>();
builder.Services.AddSingleton<RefusedTokens>();
builder.Services.AddSingleton<IUserIdProvider, SubjectUserIdProvider>();
builder.Services.AddSignalR();
builder.Services.AddAuthorization();
builder.Services.AddCors(cors => cors.AddDefaultPolicy(policy => policy
    .WithOrigins(options.Origins.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
    .AllowAnyHeader()
    .AllowAnyMethod()
    .AllowCredentials()
    .WithExposedHeaders("WWW-Authenticate", "Retry-After")));

builder.Services.AddAuthentication(JwtBearerDefaults.AuthenticationScheme).AddJwtBearer(jwt =>
{
    jwt.Authority = options.Authority;
    jwt.Audience = "urn:chat-api";
    jwt.RequireHttpsMetadata = !options.Authority.StartsWith("http://", StringComparison.Ordinal);
    jwt.MapInboundClaims = false;
    jwt.TokenValidationParameters.NameClaimType = "name";
    jwt.TokenValidationParameters.RoleClaimType = "role";
    // With the default of five minutes an expired token connects and is closed at once, again and again.
    jwt.TokenValidationParameters.ClockSkew = TimeSpan.Zero;
    jwt.Events = new JwtBearerEvents
    {
        OnMessageReceived = context =>
        {
            if (context.Request.Path.StartsWithSegments(hubPath) && context.Request.Query.TryGetValue("access_token", out var token))
            {
                context.Token = token;
            }
            return Task.CompletedTask;
        },
        OnTokenValidated = context =>
        {
            var token = (JsonWebToken)context.SecurityToken;
            var issuedAt = new DateTimeOffset(token.IssuedAt).ToUnixTimeSeconds();
            var refusedTokens = context.HttpContext.RequestServices.GetRequiredService<RefusedTokens>();
            if (!refusedTokens.Accept(token.Subject, token.Id, issuedAt)) context.Fail("The token was withdrawn.");
            return Task.CompletedTask;
        },
    };
});

var app = builder.Build();
app.UseCors();
app.UseAuthentication();
// The hub is open to visitors, so authorization would let a bad token in as nobody; its owner should hear of it instead.
app.UseWhen(context => context.Request.Path.StartsWithSegments(hubPath), hub => hub.Use(async (context, next) =>
{
    if ((await context.AuthenticateAsync()).Failure is null) await next(context);
    else await context.ChallengeAsync();
}));
app.UseAuthorization();
// In .NET 11 this is MapHub again, with the same options: see TokenRefresh.cs.
app.MapHubWithTokenRefresh<ChatHub>(hubPath, connections =>
{
    connections.EnableAuthenticationRefresh = true;
    connections.CloseOnAuthenticationExpiration = true;
});

var events = app.Services.GetRequiredService<EventLog>();
app.Lifetime.ApplicationStarted.Register(() => events.Add("listening"));
if (options.ExitWithParent)
{
    new Thread(() =>
    {
        while (Console.In.Read() >= 0) { }
        Environment.Exit(0);
    }) { IsBackground = true }.Start();
}
await app.RunAsync();
return 0;

/// <summary>`Clients.User` by the subject of the token, whatever other claims it holds.</summary>
internal sealed class SubjectUserIdProvider : IUserIdProvider
{
    public string? GetUserId(HubConnectionContext connection) => connection.User.FindFirst("sub")?.Value;
}
