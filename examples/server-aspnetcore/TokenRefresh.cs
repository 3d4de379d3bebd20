using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Claims;
using System.Security.Principal;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Authorization.Policy;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.Http.Connections.Features;
using Microsoft.AspNetCore.Http.Features.Authentication;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.Logging.Abstractions;

// Where MapHub lives, so that one word changes in an app. See README.md.
namespace Microsoft.AspNetCore.Builder;

/// <summary>What .NET 11 adds to the options of MapHub, under the same names. Both switches are on unless set.</summary>
public sealed class TokenRefreshOptions : HttpConnectionDispatcherOptions
{
    public TokenRefreshOptions() => CloseOnAuthenticationExpiration = true;

    /// <summary>Whether connections can be given a newer token. Default true (in .NET 11 false).</summary>
    public bool EnableAuthenticationRefresh { get; set; } = true;

    /// <summary>Has the last word on a newer token of the same user; false refuses it, and the connection stays as it is.</summary>
    public Func<AuthenticationRefreshContext, Task<bool>>? OnAuthenticationRefresh { get; set; }
}

/// <summary>A connection is about to be given a newer token.</summary>
public sealed class AuthenticationRefreshContext
{
    public required HttpContext HttpContext { get; init; }
    public required string ConnectionId { get; init; }
    public required ClaimsPrincipal PreviousUser { get; init; }
    public required ClaimsPrincipal NewUser { get; init; }
    /// <summary>Null when the newer one does not expire.</summary>
    public required DateTimeOffset? NewExpiration { get; init; }
}

/// <summary>What MapHub returns, and a count of the connections that can be renewed now.</summary>
public sealed class TokenRefreshEndpoints : IHubEndpointConventionBuilder
{
    private readonly IEndpointConventionBuilder[] _endpoints;
    private readonly Func<int> _count;

    internal TokenRefreshEndpoints(Func<int> count, params IEndpointConventionBuilder[] endpoints) => (_count, _endpoints) = (count, endpoints);

    public int RenewableConnections => _count();

    public void Add(Action<EndpointBuilder> convention)
    {
        foreach (var endpoint in _endpoints) endpoint.Add(convention);
    }

    public void Finally(Action<EndpointBuilder> convention)
    {
        foreach (var endpoint in _endpoints) endpoint.Finally(convention);
    }
}

public static class TokenRefreshExtensions
{
    /// <summary>MapHub, and the renewal of live connections as .NET 11 has it: `POST {pattern}/refresh?id={connectionToken}`.</summary>
    public static TokenRefreshEndpoints MapHubWithTokenRefresh<THub>(
        this IEndpointRouteBuilder routes, string pattern, Action<TokenRefreshOptions>? configure = null) where THub : Hub
    {
        // WebApplication adds the middleware by itself once there are schemes; whatever else leaves it out is caught by Authenticated().
        var schemes = routes.ServiceProvider.GetService<IAuthenticationSchemeProvider>();
        if (schemes is null || !schemes.GetAllSchemesAsync().GetAwaiter().GetResult().Any())
        {
            throw new InvalidOperationException($"{nameof(MapHubWithTokenRefresh)} renews authentication, and this app has none: call AddAuthentication with a scheme.");
        }
        var options = new TokenRefreshOptions();
        configure?.Invoke(options);
        // The built-in check compares with the expiry of the first token, for ever.
        var closeOnExpiration = options.CloseOnAuthenticationExpiration;
        options.CloseOnAuthenticationExpiration = false;
        var hub = new RenewableHub(options, closeOnExpiration, routes.ServiceProvider.GetRequiredService<IUserIdProvider>());

        var connections = routes.MapConnections(pattern, options, connection => connection.Use(hub.Follow).UseHub<THub>());
        connections.Add(endpoint =>
        {
            var next = endpoint.RequestDelegate!;
            var isNegotiate = endpoint.Metadata.OfType<NegotiateMetadata>().Any();
            endpoint.RequestDelegate = isNegotiate ? context => hub.Negotiate(context, next) : context => hub.Connect(context, next);
        });
        var refresh = routes.Map(pattern.TrimEnd('/') + "/refresh", hub.Refresh);
        // MapConnections gives them to its own end points.
        refresh.Add(endpoint => { foreach (var data in options.AuthorizationData) endpoint.Metadata.Add(data); });
        // Last, whatever the app adds: it answers for itself, in JSON, what the middleware would answer without a body.
        refresh.Finally(endpoint => endpoint.Metadata.Add(new AuthorizesItself()));

        var endpoints = new TokenRefreshEndpoints(() => hub.Count, connections, refresh);
        endpoints.Add(endpoint =>
        {
            foreach (var attribute in typeof(THub).GetCustomAttributes(inherit: true)) endpoint.Metadata.Add(attribute);
            endpoint.Metadata.Add(new HubMetadata(typeof(THub)));
        });
        return endpoints;
    }

    private sealed class AuthorizesItself : IAllowAnonymous;

    /// <summary>The connections of one MapHubWithTokenRefresh, by their tokens.</summary>
    private sealed class RenewableHub(TokenRefreshOptions options, bool closeOnExpiration, IUserIdProvider userIds)
    {
        private readonly ConcurrentDictionary<string, RenewableUser> _live = new();
        public int Count => _live.Count;

        public async Task Negotiate(HttpContext context, RequestDelegate next)
        {
            var lifetime = Lifetime(Authenticated(context));
            var client = context.Response.Body;
            using var buffer = new MemoryStream();
            context.Response.Body = buffer;
            try { await next(context); }
            finally { context.Response.Body = client; }

            var body = buffer.ToArray();
            // Version 0 has no connection token, and an id that others know must not renew a connection.
            if (options.EnableAuthenticationRefresh && lifetime is not null && context.Response.StatusCode == StatusCodes.Status200OK
                && JsonNode.Parse(body) is JsonObject answer && answer.ContainsKey("connectionToken"))
            {
                answer["tokenLifetimeSeconds"] = lifetime;
                body = System.Text.Encoding.UTF8.GetBytes(answer.ToJsonString());
                context.Response.ContentLength = body.Length;
            }
            await client.WriteAsync(body, context.RequestAborted);
        }

        public async Task Connect(HttpContext context, RequestDelegate next)
        {
            var expires = Authenticated(context);
            if (HttpMethods.IsGet(context.Request.Method) || HttpMethods.IsConnect(context.Request.Method))
            {
                var token = context.Request.Query["id"].ToString();
                if (!_live.TryGetValue(token, out var user)) user = new RenewableUser(token, context.User, expires, UserId(context, context.User));
                // The next long poll, or the next socket of a stateful connection. Clients may hold on to the token that they started with.
                else if (await Refusal(context, user, context.User, expires, onlyIfNewer: true) is not null)
                {
                    context.Response.StatusCode = StatusCodes.Status403Forbidden;
                    return;
                }
                context.User = user;
            }
            await next(context);
        }

        /// <summary>Runs before the hub, so that a connection can be renewed as soon as its handshake is answered.</summary>
        public async Task Follow(ConnectionContext connection, ConnectionDelegate next)
        {
            var user = (RenewableUser)connection.Features.Get<IConnectionUserFeature>()!.User!;
            user.ConnectionId = connection.ConnectionId;
            // The hub caches what it finds here, and a second poll that overtakes this line would have put another one.
            connection.Features.Set<IConnectionUserFeature>(user);
            var ending = false;
            if (closeOnExpiration)
            {
                var lifetime = connection.Features.Get<IConnectionLifetimeNotificationFeature>();
                // Once a second, as the built-in check. The close allows the client to come back.
                connection.Features.Get<IConnectionHeartbeatFeature>()?.OnHeartbeat(_ =>
                {
                    if (ending || user.Expires > DateTimeOffset.UtcNow || user.Expires is null) return;
                    ending = true;
                    lifetime?.RequestClose();
                }, user);
            }
            // Without negotiation there is no token; in version 0 it is the id of the connection, which others know.
            var isRenewable = user.Token != "" && user.Token != connection.ConnectionId;
            if (isRenewable) _live[user.Token] = user;
            try { await next(connection); }
            finally
            {
                ending = true;
                if (isRenewable) _live.TryRemove(KeyValuePair.Create(user.Token, user));
            }
        }

        public async Task Refresh(HttpContext context)
        {
            Authenticated(context);
            if (!HttpMethods.IsPost(context.Request.Method))
            {
                context.Response.StatusCode = StatusCodes.Status405MethodNotAllowed;
                return;
            }
            var token = context.Request.Query["id"].ToString();
            RenewableUser? user = null;
            var error =
                !options.EnableAuthenticationRefresh ? new Error(404, "refresh_disabled", "This hub does not renew connections.") :
                token == "" ? new Error(400, "missing_connection_token", "The query has no 'id' with the token of the connection.") :
                !_live.TryGetValue(token, out user) ? new Error(404, "connection_not_found", "There is no such connection.") : null;
            if (user is not null)
            {
                var (result, isAllowed) = await Authorize(context);
                var expires = result.Properties?.ExpiresUtc;
                error =
                    result.Principal is null ? new Error(401, "invalid_token", "The request holds no token that is accepted.") :
                    !isAllowed ? new Error(403, "permission_change_rejected", "The new token does not give access to this hub.") :
                    await Refusal(context, user, result.Principal, expires, onlyIfNewer: false);
                if (error is null)
                {
                    var answer = new JsonObject
                    {
                        ["connectionId"] = user.ConnectionId,
                        ["refreshedAt"] = DateTimeOffset.UtcNow.ToString("O", CultureInfo.InvariantCulture),
                    };
                    if (Lifetime(expires) is { } lifetime) answer["tokenLifetimeSeconds"] = lifetime;
                    await context.Response.WriteAsJsonAsync(answer);
                    return;
                }
            }
            context.Response.StatusCode = error!.Status;
            await context.Response.WriteAsJsonAsync(new JsonObject { ["error"] = error.Code, ["error_description"] = error.Description });
        }

        /// <summary>Gives the connection its newer authentication, or says why not; then nothing has changed.</summary>
        private async Task<Error?> Refusal(HttpContext context, RenewableUser user, ClaimsPrincipal newUser, DateTimeOffset? expires, bool onlyIfNewer)
        {
            // One after the other: each is judged by what it replaces.
            await user.Gate.WaitAsync(context.RequestAborted);
            try
            {
                // Groups and Clients.User stay with whoever connected. Of nobody it cannot be said who renews.
                if (user.UserId != UserId(context, newUser) || (user.UserId is null && !onlyIfNewer)) return new Error(403, "user_changed", "The new token belongs to another user.");
                if (onlyIfNewer && !(expires > user.Expires)) return null;
                var change = new AuthenticationRefreshContext
                {
                    HttpContext = context, ConnectionId = user.ConnectionId, PreviousUser = user.Newest, NewUser = newUser, NewExpiration = expires,
                };
                if (options.OnAuthenticationRefresh is { } accepts && !await accepts(change))
                {
                    return new Error(403, "permission_change_rejected", "The change of permissions was refused.");
                }
                user.Renew(newUser, expires);
                return null;
            }
            finally { user.Gate.Release(); }
        }

        /// <summary>As Clients.User knows them: the app's IUserIdProvider says who is who, and wants a connection to look at.</summary>
        private string? UserId(HttpContext context, ClaimsPrincipal user)
        {
            var connection = new DefaultConnectionContext { User = user };
            connection.Features.Set<IHttpContextFeature>(new GivenHttpContext { HttpContext = context });
            return userIds.GetUserId(new HubConnectionContext(connection, new HubConnectionContextOptions(), NullLoggerFactory.Instance))
                ?? user.FindFirstValue("sub") ?? user.FindFirstValue(ClaimTypes.NameIdentifier) ?? user.FindFirstValue(ClaimTypes.Upn);
        }
    }

    private sealed record Error(int Status, string Code, string Description);

    private sealed class GivenHttpContext : IHttpContextFeature
    {
        public HttpContext? HttpContext { get; set; }
    }

    /// <summary>When the authentication of this request expires. Without the middleware everybody would be nobody, for ever.</summary>
    private static DateTimeOffset? Authenticated(HttpContext context)
    {
        if (context.Features.Get<IAuthenticationFeature>() is null)
        {
            throw new InvalidOperationException($"{nameof(MapHubWithTokenRefresh)} needs UseAuthentication() before its end points.");
        }
        return context.Features.Get<IAuthenticateResultFeature>()?.AuthenticateResult?.Properties?.ExpiresUtc;
    }

    /// <summary>What the authorization middleware would do for the hub.</summary>
    private static async Task<(AuthenticateResult Result, bool IsAllowed)> Authorize(HttpContext context)
    {
        var metadata = context.GetEndpoint()!.Metadata;
        var evaluator = context.RequestServices.GetRequiredService<IPolicyEvaluator>();
        var policies = metadata.GetOrderedMetadata<AuthorizationPolicy>().ToList();
        var requirements = metadata.GetOrderedMetadata<IAuthorizationRequirementData>().SelectMany(data => data.GetRequirements()).ToList();
        if (requirements.Count > 0) policies.Add(new AuthorizationPolicy(requirements, []));
        var policy = await AuthorizationPolicy.CombineAsync(
            context.RequestServices.GetRequiredService<IAuthorizationPolicyProvider>(), metadata.GetOrderedMetadata<IAuthorizeData>(), policies);
        var result = await evaluator.AuthenticateAsync(policy ?? new AuthorizationPolicyBuilder().RequireAuthenticatedUser().Build(), context);
        var isOpen = policy is null || metadata.GetOrderedMetadata<IAllowAnonymous>().Any(mark => mark is not AuthorizesItself);
        return (result, result.Succeeded && (isOpen || (await evaluator.AuthorizeAsync(policy!, result, context, context)).Succeeded));
    }

    /// <summary>Whole seconds from now, as clients read them; null without an end, or after it.</summary>
    private static int? Lifetime(DateTimeOffset? expires) =>
        (expires - DateTimeOffset.UtcNow)?.TotalSeconds is { } seconds and > 0 ? (int)Math.Min(seconds, int.MaxValue) : null;

    /// <summary>The hub keeps the principal that it met first. So that one stays, and shows the claims of the newest token.</summary>
    private sealed class RenewableUser(string token, ClaimsPrincipal first, DateTimeOffset? expires, string? userId) : ClaimsPrincipal, IConnectionUserFeature
    {
        // Together in one field: nobody sees the claims of one token with the end of another.
        private volatile Tuple<ClaimsPrincipal, DateTimeOffset?> _newest = Tuple.Create(first, expires);

        public string Token => token;
        public string? UserId => userId;
        public string ConnectionId { get; set; } = "";
        public SemaphoreSlim Gate { get; } = new(1);
        public ClaimsPrincipal Newest => _newest.Item1;
        public DateTimeOffset? Expires => _newest.Item2;
        // A long poll would put the principal of its own request.
        ClaimsPrincipal? IConnectionUserFeature.User { get => this; set { } }

        public void Renew(ClaimsPrincipal user, DateTimeOffset? expires) => _newest = Tuple.Create(user, expires);

        public override IIdentity? Identity => Newest.Identity;
        public override IEnumerable<ClaimsIdentity> Identities => Newest.Identities;
        public override IEnumerable<Claim> Claims => Newest.Claims;
        public override bool IsInRole(string role) => Newest.IsInRole(role);
        public override bool HasClaim(Predicate<Claim> match) => Newest.HasClaim(match);
        public override bool HasClaim(string type, string value) => Newest.HasClaim(type, value);
        public override Claim? FindFirst(Predicate<Claim> match) => Newest.FindFirst(match);
        public override Claim? FindFirst(string type) => Newest.FindFirst(type);
        public override IEnumerable<Claim> FindAll(Predicate<Claim> match) => Newest.FindAll(match);
        public override IEnumerable<Claim> FindAll(string type) => Newest.FindAll(type);
        public override void AddIdentity(ClaimsIdentity identity) => Newest.AddIdentity(identity);
        public override void AddIdentities(IEnumerable<ClaimsIdentity> identities) => Newest.AddIdentities(identities);
        public override ClaimsPrincipal Clone() => Newest.Clone();
        public override void WriteTo(BinaryWriter writer) => Newest.WriteTo(writer);
    }
}
