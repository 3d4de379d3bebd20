using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Authentication;

namespace BffServer;

/// <summary>Log in, log out, and who is there: what a page asks of its backend for the frontend.</summary>
public static class Login
{
    public static void MapBff(this WebApplication app)
    {
        var bff = app.MapGroup("/bff");

        bff.MapGet("/session", (HttpContext context, IAntiforgery antiforgery) =>
        {
            context.Response.Headers.CacheControl = "no-store";
            var tokens = antiforgery.GetAndStoreTokens(context);
            var id = context.User.Identity is { IsAuthenticated: true } ? context.User.UserId() : null;
            return new SessionAnswer(id, id is null ? null : context.User.Identity?.Name, tokens.RequestToken);
        });

        bff.MapGet("/login", (HttpContext context, IAntiforgery antiforgery, BffOptions options, string? @return) =>
            IsPage(@return, options) ? Form(context, antiforgery, @return!, "", null) : NoSuchPage());

        // The middleware has looked at the anti-forgery token already: the one in the form.
        bff.MapPost("/login", async (HttpContext context, IAntiforgery antiforgery, BffOptions options) =>
        {
            var form = await context.Request.ReadFormAsync();
            string name = form["user"].ToString().Trim().ToLowerInvariant(), page = form["return"].ToString();
            if (!IsPage(page, options)) return NoSuchPage();
            var user = options.Users.FirstOrDefault(user => user.Id == name && IsEqual(user.Password, form["password"].ToString()));
            if (user is null) return Form(context, antiforgery, page, name, "User name or password is wrong. Please try again.");
            await context.SignInAsync(Sessions.Begin(user));
            return Results.Redirect(page);
        });

        bff.MapPost("/logout", (HttpContext context) => context.SignOutAsync());

        // For the demo's button.
        bff.MapPost("/end-my-sessions", (HttpContext context, Sessions sessions) => sessions.EndAllOf(context.User.UserId()!)).RequireAuthorization();
    }

    /// <summary>Whoever may send people anywhere after the login can send them to a page that looks like it.</summary>
    private static bool IsPage(string? url, BffOptions options) =>
        Uri.TryCreate(url, UriKind.Absolute, out var uri) && options.PageOrigins.Contains(uri.GetLeftPart(UriPartial.Authority));

    private static IResult NoSuchPage() => Results.Text("There is no such page to go back to.", statusCode: StatusCodes.Status400BadRequest);

    private static bool IsEqual(string expected, string given) =>
        CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(expected), Encoding.UTF8.GetBytes(given));

    private static IResult Form(HttpContext context, IAntiforgery antiforgery, string page, string user, string? error)
    {
        var tokens = antiforgery.GetAndStoreTokens(context);
        var encode = HtmlEncoder.Default;
        context.Response.Headers.ContentSecurityPolicy = "frame-ancestors 'none'";
        context.Response.Headers.CacheControl = "no-store";
        // After a mistake the password is what has to be typed again.
        var (focusUser, focusPassword) = error is null ? ("autofocus", "") : ("", "autofocus");
        var describedBy = error is null ? "" : "aria-describedby=\"error\" aria-invalid=\"true\"";
        return Results.Text($$"""
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>{{(error is null ? "" : "Error: ")}}Log in to the notes</title>
            <link rel="icon" href="data:,">
            <style>
            :root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif; }
            body { margin: 0; padding: 1rem; display: grid; min-height: calc(100dvh - 2rem); place-items: center; }
            main { width: min(100%, 22rem); }
            h1 { font-size: 1.5rem; line-height: 1.2; }
            label { display: block; margin: 1rem 0 .25rem; font-weight: 600; }
            input, button { box-sizing: border-box; width: 100%; min-height: 2.75rem; padding: .5rem .75rem; border: 1px solid GrayText; border-radius: .5rem; font: inherit; }
            button { margin-top: 1.5rem; border-color: transparent; background: #1d4ed8; color: #fff; font-weight: 600; cursor: pointer; }
            :focus-visible { outline: 3px solid #f59e0b; outline-offset: 2px; }
            [role=alert] { padding: .75rem; border-left: .25rem solid #dc2626; background: color-mix(in srgb, #dc2626 12%, transparent); }
            </style>
            </head>
            <body><main>
            <h1>Log in to the notes</h1>
            {{(error is null ? "" : $"<p id=\"error\" role=\"alert\">{encode.Encode(error)}</p>")}}
            <form method="post" action="/bff/login">
            <input type="hidden" name="{{tokens.FormFieldName}}" value="{{encode.Encode(tokens.RequestToken!)}}">
            <input type="hidden" name="return" value="{{encode.Encode(page)}}">
            <label for="user">User name</label>
            <input id="user" name="user" required {{focusUser}} autocomplete="username" autocapitalize="none" spellcheck="false" value="{{encode.Encode(user)}}" {{describedBy}}>
            <label for="password">Password</label>
            <input id="password" name="password" type="password" required {{focusPassword}} autocomplete="current-password" {{describedBy}}>
            <button>Log in</button>
            </form>
            </main></body>
            </html>
            """, "text/html; charset=utf-8");
    }
}
