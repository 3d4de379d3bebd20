using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.AspNetCore.SignalR;
using NewsServer;

var builder = WebApplication.CreateBuilder(args);
var options = builder.Configuration.GetSection("News").Get<NewsOptions>() ?? new NewsOptions();
if (options.Authority == "")
{
    Console.Error.WriteLine("Set News__Authority to the URL of the OpenID provider, for example http://127.0.0.1:3001.");
    return 1;
}

// A browser can send the token of a WebSocket in the query only, and the request log at Information prints the query.
builder.Logging.AddFilter("Microsoft.AspNetCore", LogLevel.Warning);

builder.Services.AddSingleton(options);
builder.Services.AddSingleton<Newsroom>();
builder.Services.AddSingleton<Readers>();
builder.Services.AddSingleton<Mailbox>();
builder.Services.AddSingleton<IUserIdProvider, SubjectUserIdProvider>();
builder.Services.AddHostedService<NewsAgency>();
builder.Services.AddSignalR();
builder.Services.AddAuthorization();
builder.Services.AddCors(cors => cors.AddDefaultPolicy(policy => policy
    .WithOrigins(options.Origins.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
    .AllowAnyHeader()
    .AllowAnyMethod()
    .AllowCredentials()
    // Says why a token was refused; without this a page on another origin cannot read it.
    .WithExposedHeaders("WWW-Authenticate", "Retry-After")));

builder.Services.AddAuthentication(JwtBearerDefaults.AuthenticationScheme).AddJwtBearer(jwt =>
{
    jwt.Authority = options.Authority;
    jwt.Audience = options.Audience;
    jwt.RequireHttpsMetadata = !options.Authority.StartsWith("http://", StringComparison.Ordinal);
    jwt.MapInboundClaims = false;
    jwt.TokenValidationParameters.NameClaimType = "name";
    // With the default of five minutes an expired token connects and is closed at once, again and again.
    jwt.TokenValidationParameters.ClockSkew = TimeSpan.Zero;
    jwt.Events = new JwtBearerEvents
    {
        OnMessageReceived = context =>
        {
            // For the hubs only: an API that takes tokens from its query has them in the logs of every proxy.
            if (context.Request.Path.StartsWithSegments("/hubs") && context.Request.Query["access_token"] is [{ Length: > 0 } token])
            {
                context.Token = token;
            }
            return Task.CompletedTask;
        },
    };
});

var app = builder.Build();
app.UseCors();
app.UseAuthentication();
app.UseAuthorization();
// Each hub takes newer tokens on a live connection (../../aspnetcore/TokenRefresh.cs; in .NET 11 it is MapHub again).
app.MapHubWithTokenRefresh<NewsHub>("/hubs/news");
app.MapHubWithTokenRefresh<MessagesHub>("/hubs/messages");

app.Lifetime.ApplicationStarted.Register(() => Console.WriteLine("""{"type":"listening"}"""));
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
