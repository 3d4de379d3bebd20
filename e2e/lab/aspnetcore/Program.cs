using System.Security.Claims;
using System.Text.Json;
using Lab;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.SignalR;
using Microsoft.IdentityModel.Tokens;

// The first line of the input is the start-up; commands follow (Commands.cs). Started by ../aspnetcore-lab.ts.
var start = JsonSerializer.Deserialize<Start>(Console.In.ReadLine() ?? "", LabJson.Options)!;
var state = start.State;
var live = new LiveConnections();
var facts = new Facts();

var clock = TimeSpan.FromSeconds(start.Clock);

var builder = WebApplication.CreateSlimBuilder();
builder.Logging.ClearProviders();
// Standard output belongs to the facts. Below Warning the request log would print URLs with access_token.
builder.Logging.AddConsole(console => console.LogToStandardErrorThreshold = LogLevel.Trace).SetMinimumLevel(LogLevel.Warning);
builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(System.Net.IPAddress.Loopback, start.Port, listen => listen.Use(live.Track)));
builder.Services.AddSingleton(state).AddSingleton(live).AddSingleton(facts).AddSingleton<Numbers>().AddSingleton<Commands>().AddSingleton<CallJournal>();
builder.Services.AddCors(cors => cors.AddDefaultPolicy(policy => policy
    .SetIsOriginAllowed(origin => Uri.TryCreate(origin, UriKind.Absolute, out var uri) && uri.IsLoopback)
    .AllowAnyHeader().AllowAnyMethod().AllowCredentials()
    .WithExposedHeaders("WWW-Authenticate", "Retry-After")));
builder.Services.AddSignalR(signalr =>
{
    signalr.EnableDetailedErrors = false;
    // The default, 1, would hide how many joins a client sends at once, and would deadlock AskClient.
    signalr.MaximumParallelInvocationsPerClient = 1000;
    signalr.AddFilter<CallJournal>();
});
builder.Services.AddAuthentication(JwtBearerDefaults.AuthenticationScheme).AddJwtBearer(jwt =>
{
    jwt.TokenValidationParameters = new TokenValidationParameters
    {
        ValidateIssuer = false,
        ValidateAudience = false,
        IssuerSigningKey = new SymmetricSecurityKey(Convert.FromBase64String(start.Key)),
        ClockSkew = TimeSpan.FromSeconds(start.ClockSkew),
        // Here and where the expiry is told to SignalR (OnTokenValidated): the two places where the clock is asked.
        LifetimeValidator = start.Clock == 0 ? null : (_, expires, _, parameters) => DateTime.UtcNow + clock < expires + parameters.ClockSkew
            ? true
            : throw new SecurityTokenExpiredException("The token is expired.") { Expires = expires ?? DateTime.MinValue },
    };
    jwt.Events = new JwtBearerEvents
    {
        OnMessageReceived = context =>
        {
            // Browsers cannot set headers on a WebSocket or an event stream.
            if (context.HttpContext.Request.Path.StartsWithSegments("/hub") && context.Request.Query["access_token"] is [{ Length: > 0 } token])
                context.Token = token;
            return Task.CompletedTask;
        },
        OnTokenValidated = context =>
        {
            if (state.With(s => s.RevokedTokens.Contains(context.SecurityToken.Id))) context.Fail(new RevokedException());
            context.Properties.ExpiresUtc -= clock;
            var user = (ClaimsIdentity)context.Principal!.Identity!;
            foreach (var role in user.FindAll(user.RoleClaimType).ToArray())
            {
                if (state.With(s => s.RevokedRoles.Contains($"{user.FindFirst(ClaimTypes.NameIdentifier)!.Value} {role.Value}"))) user.RemoveClaim(role);
            }
            return Task.CompletedTask;
        },
        OnChallenge = context =>
        {
            // JwtBearer has a text for its own failures only.
            if (context.AuthenticateFailure is RevokedException revoked) context.ErrorDescription = revoked.Message;
            return Task.CompletedTask;
        },
    };
});
builder.Services.AddAuthorization(authorization => authorization.AddPolicy("lab", policy =>
{
    if (!start.AllowAnonymous) policy.RequireAuthenticatedUser();
    policy.RequireAssertion(context => !state.With(s => s.ForbiddenUsers.Contains(context.User.FindFirstValue(ClaimTypes.NameIdentifier) ?? "")));
    if (start.RequiredRole is { } role)
        policy.RequireAssertion(context => context.User.IsInRole(role) || (start.AllowAnonymous && context.User.Identity?.IsAuthenticated != true));
}));

var app = builder.Build();
app.Use(next => context => RequestJournal.Record(context, next));
app.UseCors();
app.Use(next => context => live.Carry(context, next));
app.Use(next => async context =>
{
    var path = context.Request.Path.Value!;
    var on = path.EndsWith("/negotiate") ? "negotiate" : path.EndsWith("/refresh") ? "refresh" : HttpMethods.IsGet(context.Request.Method) ? "connect" : "";
    if (HttpMethods.IsOptions(context.Request.Method) || state.TakeRejection(on) is not { } rejection)
    {
        await next(context);
        return;
    }
    context.Response.StatusCode = rejection.Status;
    foreach (var (name, value) in rejection.Headers ?? []) context.Response.Headers[name] = value;
});
app.UseAuthentication();
app.UseAuthorization();
app.Use(next => context =>
{
    var isNegotiate = HttpMethods.IsPost(context.Request.Method) && context.Request.Path.Value!.EndsWith("/negotiate");
    // In the words of Azure SignalR.
    return isNegotiate && state.With(s => s.Redirect) is { } target
        ? context.Response.WriteAsJsonAsync(new { negotiateVersion = 0, target.Url, target.AccessToken, availableTransports = Array.Empty<object>() })
        : next(context);
});
IEndpointConventionBuilder hub = start.TokenRefresh
    ? app.MapHubWithTokenRefresh<LabHub>("/hub", options => options.CloseOnAuthenticationExpiration = start.CloseOnAuthenticationExpiration)
    : app.MapHub<LabHub>("/hub", options => options.CloseOnAuthenticationExpiration = start.CloseOnAuthenticationExpiration);
hub.RequireAuthorization("lab");

var commands = app.Services.GetRequiredService<Commands>();
foreach (var command in start.Commands) commands.Obey(command);
await app.StartAsync();
facts.Write(new { fact = "listening", port = new Uri(app.Urls.First()).Port });
new Thread(commands.Run) { IsBackground = true }.Start();
await app.WaitForShutdownAsync();

/// <param name="Port">0 for a free one.</param>
/// <param name="State">What the run before left behind.</param>
/// <param name="Commands">What was asked for since; obeyed before the first request can come.</param>
public sealed record Start(
    int Port,
    string Key,
    int Clock,
    int ClockSkew,
    bool TokenRefresh,
    bool CloseOnAuthenticationExpiration,
    bool AllowAnonymous,
    string? RequiredRole,
    LabState State,
    Command[] Commands);

public sealed class RevokedException() : Exception("The token was revoked");
