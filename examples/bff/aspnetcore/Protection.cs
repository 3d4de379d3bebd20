using System.Security.Claims;
using Microsoft.AspNetCore.Antiforgery;

namespace BffServer;

/// <summary>What stands between a session and the pages of others. Cookies go with each request, whoever makes it.</summary>
public static class Protection
{
    /// <summary>
    /// Refuses requests from pages of other origins. CORS does not: it keeps answers from their scripts, after the deed, and
    /// WebSockets know no CORS at all. A browser sets Origin on each WebSocket and on whatever changes something; who leaves
    /// it out is no page.
    /// </summary>
    public static IApplicationBuilder UseKnownOrigins(this WebApplication app, string[] pages) => app.Use(async (context, next) =>
    {
        var origin = context.Request.Headers.Origin.ToString();
        // This server's own pages are known: the form of the login is one. Behind a proxy, UseForwardedHeaders comes first.
        var own = $"{context.Request.Scheme}://{context.Request.Host}";
        if (origin == "" || origin == own || pages.Contains(origin)) await next(context);
        else await Refuse(context, "The origin is not known.");
    });

    /// <summary>
    /// Asks for the anti-forgery token wherever something may change: the API, the login form, and the hub's negotiate. The
    /// upgrade to a WebSocket is a GET that can carry no header; but it needs the connection token that negotiate gave.
    /// </summary>
    public static IApplicationBuilder UseAntiforgeryToken(this WebApplication app) => app.Use(async (context, next) =>
    {
        var method = context.Request.Method;
        var isSafe = HttpMethods.IsGet(method) || HttpMethods.IsHead(method) || HttpMethods.IsOptions(method);
        var antiforgery = context.RequestServices.GetRequiredService<IAntiforgery>();
        if (isSafe || await antiforgery.IsRequestValidAsync(context)) await next(context);
        // Not 400, which the framework would answer: clients ask for a newer token after 403, and try again.
        else await Refuse(context, "The anti-forgery token is missing, or of another session.");
    });

    public static string? UserId(this ClaimsPrincipal user) => user.FindFirstValue(ClaimTypes.NameIdentifier);

    private static Task Refuse(HttpContext context, string why)
    {
        context.Response.StatusCode = StatusCodes.Status403Forbidden;
        return context.Response.WriteAsync(why);
    }
}
