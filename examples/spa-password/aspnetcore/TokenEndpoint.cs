using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.BearerToken;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;

namespace ShoppingServer;

/// <summary>OAuth 2 with passwords, as OWIN's OAuthAuthorizationServerMiddleware had it (RFC 6749 §4.3, §5, §6).</summary>
internal static class TokenEndpoint
{
    public static void MapTokenEndpoint(this IEndpointRouteBuilder routes, string pattern) => routes.MapPost(pattern, Answer);

    private static async Task<IResult> Answer(HttpContext context, SignInManager<IdentityUser> signIn, RefreshTokens refreshTokens, IOptionsMonitor<BearerTokenOptions> bearer)
    {
        // Tokens belong in no cache (RFC 6749 §5.1).
        context.Response.Headers.CacheControl = "no-store";
        if (!context.Request.HasFormContentType) return Refuse("invalid_request", "Send a form.");
        var form = await context.Request.ReadFormAsync(context.RequestAborted);
        var users = signIn.UserManager;

        switch (form["grant_type"].ToString())
        {
            case "password":
                var user = await users.FindByNameAsync(form["username"].ToString());
                // One answer for both: who has an account here is nobody's business.
                if (user is null || !(await signIn.CheckPasswordSignInAsync(user, form["password"].ToString(), lockoutOnFailure: true)).Succeeded)
                {
                    return Refuse("invalid_grant", "The e-mail address or the password is wrong.");
                }
                return await Grant(user, Guid.NewGuid());

            case "refresh_token":
                if (refreshTokens.Redeem(form["refresh_token"].ToString()) is not { } redeemed
                    || await users.FindByIdAsync(redeemed.UserId) is not { } owner
                    || owner.SecurityStamp != redeemed.SecurityStamp)
                {
                    return Refuse("invalid_grant", "This sign-in has ended. Log in again.");
                }
                return await Grant(owner, redeemed.Family);

            default:
                return Refuse("unsupported_grant_type", "This server knows `password` and `refresh_token`.");
        }

        async Task<IResult> Grant(IdentityUser user, Guid family)
        {
            var format = bearer.Get(IdentityConstants.BearerScheme);
            var ticket = new AuthenticationTicket(
                await signIn.CreateUserPrincipalAsync(user),
                new AuthenticationProperties { ExpiresUtc = DateTimeOffset.UtcNow + format.BearerTokenExpiration },
                IdentityConstants.BearerScheme);
            return Results.Json(new Dictionary<string, object>
            {
                ["access_token"] = format.BearerTokenProtector.Protect(ticket),
                ["token_type"] = "bearer",
                ["expires_in"] = (long)format.BearerTokenExpiration.TotalSeconds,
                ["refresh_token"] = refreshTokens.Issue(user, family, format.RefreshTokenExpiration),
                ["userName"] = user.UserName!,
            });
        }
    }

    private static IResult Refuse(string error, string description) =>
        Results.Json(new { error, error_description = description }, statusCode: 400);
}
