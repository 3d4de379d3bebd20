using Microsoft.IdentityModel.JsonWebTokens;

namespace Lab;

/// <summary>Tells of each request to the hub with its status, before the client can have read the answer.</summary>
public static class RequestJournal
{
    public static async Task Record(HttpContext context, RequestDelegate next)
    {
        if (HttpMethods.IsOptions(context.Request.Method))
        {
            await next(context);
            return;
        }
        var facts = context.RequestServices.GetRequiredService<Facts>();
        var at = Facts.Now;
        var tokenId = TokenId(context.Request);
        var told = 0;
        void Tell(int status)
        {
            if (Interlocked.Exchange(ref told, 1) == 1) return;
            facts.Write(new { fact = "request", method = context.Request.Method, path = context.Request.Path.Value, status, tokenId, at });
        }
        // An upgrade to a WebSocket ends with the connection, so the end of the request would be too late to tell.
        context.Response.OnStarting(() =>
        {
            Tell(context.Response.StatusCode);
            return Task.CompletedTask;
        });
        try
        {
            await next(context);
        }
        catch
        {
            Tell(context.RequestAborted.IsCancellationRequested ? 0 : 500);
            throw;
        }
        if (context.RequestAborted.IsCancellationRequested) Tell(0);
    }

    private static string? TokenId(HttpRequest request)
    {
        var header = request.Headers.Authorization.ToString();
        var token = header.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase) ? header[7..] : request.Query["access_token"].ToString();
        var reader = new JsonWebTokenHandler();
        if (!reader.CanReadToken(token)) return null;
        try
        {
            return reader.ReadJsonWebToken(token).Id;
        }
        catch (Exception exception) when (exception is ArgumentException or FormatException)
        {
            return null;
        }
    }
}
