using System.Text.Json;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.BearerToken;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.SignalR;
using ShoppingServer;

const string hubPath = "/hubs/shopping";

var builder = WebApplication.CreateBuilder(args);
var options = builder.Configuration.GetSection("Shopping").Get<ShoppingOptions>() ?? new ShoppingOptions();

// A browser can send the token of a WebSocket in the query only, and the request log at Information prints the query.
builder.Logging.AddFilter("Microsoft.AspNetCore", LogLevel.Warning);

builder.Services.AddSingleton(options);
builder.Services.AddSingleton<ShoppingList>();
builder.Services.AddSingleton<RefreshTokens>();
builder.Services.AddSignalR();
builder.Services.AddAuthorization();
// Tokens travel in a header, and no cookie is set: there is no AllowCredentials, and the page says `withCredentials: false`.
builder.Services.AddCors(cors => cors.AddDefaultPolicy(policy => policy
    .WithOrigins(options.Origin)
    .AllowAnyHeader()
    .AllowAnyMethod()
    .WithExposedHeaders("WWW-Authenticate", "Retry-After")));

// One kind of access token, opaque and signed by this server, whichever end point it came from.
builder.Services.AddAuthentication(IdentityConstants.BearerScheme).AddBearerToken(IdentityConstants.BearerScheme, bearer =>
{
    bearer.BearerTokenExpiration = TimeSpan.FromSeconds(options.AccessTokenLifetime);
    bearer.RefreshTokenExpiration = TimeSpan.FromDays(options.RefreshTokenLifetime);
    bearer.Events.OnMessageReceived = context =>
    {
        // By itself this scheme reads the header only, and a browser cannot set one on a WebSocket.
        if (context.Request.Path.StartsWithSegments(hubPath) && context.Request.Query["access_token"] is [{ Length: > 0 } token])
        {
            context.Token = token;
        }
        return Task.CompletedTask;
    };
});
builder.Services.AddIdentityCore<IdentityUser>(identity =>
{
    identity.User.RequireUniqueEmail = true;
    // Length is what counts (NIST SP 800-63B).
    identity.Password.RequiredLength = 8;
    identity.Password.RequireNonAlphanumeric = identity.Password.RequireUppercase = identity.Password.RequireLowercase = identity.Password.RequireDigit = false;
}).AddUserStore<MemoryUsers>().AddApiEndpoints();

var app = builder.Build();
app.UseCors();
app.UseAuthentication();
// A token is good until it expires, whatever has happened to its user; so ask, at every request, whether it is the user's still.
app.Use(async (context, next) =>
{
    var signIn = context.RequestServices.GetRequiredService<SignInManager<IdentityUser>>();
    var isWithdrawn = context.User.Identity is { IsAuthenticated: true } && await signIn.ValidateSecurityStampAsync(context.User) is null;
    if (isWithdrawn) await context.ChallengeAsync();
    else await next(context);
});
app.UseAuthorization();

// The two ways in. Both find the same users, and `/identity/register` makes them.
app.MapTokenEndpoint("/Token");
app.MapGroup("/identity").MapIdentityApi<IdentityUser>();

var api = app.MapGroup("/api").RequireAuthorization();
api.MapGet("/items", (ShoppingList list) => list.All());
api.MapPost("/items", async (NewItem item, HttpContext context, ShoppingList list, IHubContext<ShoppingHub, IShoppingPage> hub) =>
{
    if (item.Name.Trim() is not { Length: > 0 and <= 60 } name) return Results.Problem("An item needs a name of at most 60 characters.", statusCode: 400);
    // Stored first, sent then: whoever loads after the message finds it.
    var added = list.Add(name, context.User.Identity!.Name!);
    await hub.Clients.All.ItemChanged(added);
    return Results.Json(added, statusCode: 201);
});
// What an administrator does, or a change of the password: no token of the user is good any more.
api.MapPost("/end-my-sessions", async (HttpContext context, UserManager<IdentityUser> users) =>
{
    await users.UpdateSecurityStampAsync((await users.GetUserAsync(context.User))!);
    return Results.NoContent();
});

// In .NET 11 this is MapHub again, with the same options: see TokenRefresh.cs.
app.MapHubWithTokenRefresh<ShoppingHub>(hubPath).RequireAuthorization();

app.Lifetime.ApplicationStarted.Register(() => Console.WriteLine(JsonSerializer.Serialize(new { type = "listening" })));
if (options.ExitWithParent)
{
    new Thread(() =>
    {
        while (Console.In.Read() >= 0) { }
        Environment.Exit(0);
    }) { IsBackground = true }.Start();
}
await app.RunAsync();

internal sealed record NewItem(string Name);
