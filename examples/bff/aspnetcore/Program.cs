using BffServer;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.DataProtection;

var builder = WebApplication.CreateBuilder(args);
var options = builder.Configuration.GetSection("Bff").Get<BffOptions>() ?? new BffOptions();
if (options.PageOrigins is [])
{
    Console.Error.WriteLine("Set Bff__Pages to the origin of the page, for example http://127.0.0.1:3000.");
    return 1;
}

builder.Logging.AddFilter("Microsoft.AspNetCore", LogLevel.Warning);
builder.Services.AddSingleton(options);
builder.Services.AddSingleton<Notes>();
builder.Services.AddSingleton<Sessions>();
builder.Services.AddSignalR();
builder.Services.AddAuthorization();
// The sessions live as long as the process, and so may the keys. With a store of sessions that lasts, keep the keys as well.
builder.Services.AddDataProtection().UseEphemeralDataProtectionProvider();

builder.Services.AddAuthentication(CookieAuthenticationDefaults.AuthenticationScheme).AddCookie(cookie =>
{
    cookie.Cookie.Name = "notes-session";
    cookie.Cookie.HttpOnly = true;
    cookie.ExpireTimeSpan = TimeSpan.FromSeconds(options.SessionLifetime);
    cookie.SlidingExpiration = false;
    // Fetch and hubs want a status, not the page of a login.
    cookie.Events.OnRedirectToLogin = context => Answer(context.Response, StatusCodes.Status401Unauthorized);
    cookie.Events.OnRedirectToAccessDenied = context => Answer(context.Response, StatusCodes.Status403Forbidden);
});
builder.Services.AddOptions<CookieAuthenticationOptions>(CookieAuthenticationDefaults.AuthenticationScheme)
    .Configure<Sessions>((cookie, sessions) => cookie.SessionStore = sessions);

builder.Services.AddAntiforgery(antiforgery =>
{
    antiforgery.HeaderName = "X-CSRF-TOKEN";
    antiforgery.Cookie.Name = "notes-csrf";
});

// One place says how far the cookies go, for both of them.
builder.Services.AddCookiePolicy(policy =>
{
    policy.MinimumSameSitePolicy = SameSiteMode.None;
    policy.OnAppendCookie = context =>
    {
        // Lax: from pages of this site only, on any of its origins. None: from anywhere, which browsers take with Secure only,
        // and some do not take at all. Loopback counts as secure for them.
        context.CookieOptions.SameSite = options.CrossSite ? SameSiteMode.None : SameSiteMode.Lax;
        context.CookieOptions.Secure = options.CrossSite || context.Context.Request.IsHttps;
    };
});

builder.Services.AddCors(cors => cors.AddDefaultPolicy(policy => policy
    // With credentials there is no "any origin".
    .WithOrigins(options.PageOrigins)
    .AllowCredentials()
    .WithMethods("GET", "POST", "DELETE")
    .WithHeaders("X-CSRF-TOKEN", "X-Requested-With", "X-SignalR-User-Agent", "Content-Type")
    .WithExposedHeaders("Retry-After")));

var app = builder.Build();
app.UseKnownOrigins(options.PageOrigins);
app.UseCors();
app.UseCookiePolicy();
app.UseAuthentication();
app.UseAuthorization();
app.UseAntiforgeryToken();

app.MapBff();
app.MapGet("/api/notes", (Notes notes) => notes.All()).RequireAuthorization();
app.MapPost("/api/notes", async (NewNote body, HttpContext context, Notes notes) =>
{
    var text = body.Text?.Trim() ?? "";
    if (text is "" || text.Length > Notes.MaxText) return Results.Text($"A note has 1 to {Notes.MaxText} characters.", statusCode: 400);
    await notes.Add(text, context.User.Identity?.Name ?? "Somebody");
    return Results.NoContent();
}).RequireAuthorization();
app.MapHub<NotesHub>("/hubs/notes", hub => hub.CloseOnAuthenticationExpiration = true);

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

static Task Answer(HttpResponse response, int status)
{
    response.StatusCode = status;
    return Task.CompletedTask;
}
