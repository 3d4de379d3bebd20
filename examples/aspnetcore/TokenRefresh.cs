using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Claims;
using System.Security.Principal;
using System.Text;
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

// The namespace of MapHub, so that one word changes in an app. What it is for: README.md.
namespace Microsoft.AspNetCore.Builder;

/// <summary>The options of MapHub, with those that .NET 11 adds, under the same names.</summary>
public sealed class TokenRefreshOptions : HttpConnectionDispatcherOptions
{
    /// <summary>As in MapHub, but on unless switched off, and by the newest token.</summary>
    public TokenRefreshOptions() => CloseOnAuthenticationExpiration = true;

    /// <summary>Whether connections can be given a newer token. On unless switched off; in .NET 11 it is the other way round.</summary>
    public bool EnableAuthenticationRefresh { get; set; } = true;

    /// <summary>Has the last word on a newer token of the same user. After false the connection goes on with what it has.</summary>
    public Func<AuthenticationRefreshContext, Task<bool>>? OnAuthenticationRefresh { get; set; }
}

/// <summary>A connection is about to be given a newer token.</summary>
/// <param name="NewExpiration">Null if the newer one does not expire.</param>
public sealed record AuthenticationRefreshContext(
    HttpContext HttpContext, string ConnectionId, ClaimsPrincipal PreviousUser, ClaimsPrincipal NewUser, DateTimeOffset? NewExpiration);

/// <summary>What MapHub returns, and a number to watch.</summary>
public sealed class TokenRefreshEndpoints : IHubEndpointConventionBuilder
{
    private readonly Func<int> _count;
    private readonly IEndpointConventionBuilder[] _endpoints;

    internal TokenRefreshEndpoints(Func<int> count, params IEndpointConventionBuilder[] endpoints) => (_count, _endpoints) = (count, endpoints);

    /// <summary>How many connections are open now and can be renewed.</summary>
    public int RenewableConnections => _count();

    public void Add(Action<EndpointBuilder> convention) => Array.ForEach(_endpoints, endpoint => endpoint.Add(convention));
    public void Finally(Action<EndpointBuilder> finallyConvention) => Array.ForEach(_endpoints, endpoint => endpoint.Finally(finallyConvention));
}

public static class TokenRefreshExtensions
{
    /// <summary>MapHub, with `POST {pattern}/refresh?id={connectionToken}` as .NET 11 has it.</summary>
    public static TokenRefreshEndpoints MapHubWithTokenRefresh<THub>(
        this IEndpointRouteBuilder routes, string pattern, Action<TokenRefreshOptions>? configure = null) where THub : Hub
    {
        // Where there are schemes, WebApplication adds UseAuthentication by itself. Elsewhere Expiry() notices that it is missing.
        var schemes = routes.ServiceProvider.GetService<IAuthenticationSchemeProvider>();
        if (schemes is null || !schemes.GetAllSchemesAsync().GetAwaiter().GetResult().Any())
        {
            throw new InvalidOperationException(
                $"{nameof(MapHubWithTokenRefresh)} renews authentication, and this app has none: call AddAuthentication with a scheme.");
        }
        var options = new TokenRefreshOptions();
        configure?.Invoke(options);
        // The built-in check goes by the first token, for ever.
        var closeOnExpiration = options.CloseOnAuthenticationExpiration;
        options.CloseOnAuthenticationExpiration = false;
        var hub = new RenewableHub(options, closeOnExpiration);

        var connections = routes.MapConnections(pattern, options, connection => connection.Use(hub.Follow).UseHub<THub>());
        connections.Add(endpoint =>
        {
            var next = endpoint.RequestDelegate!;
            var isNegotiate = endpoint.Metadata.OfType<NegotiateMetadata>().Any();
            endpoint.RequestDelegate = isNegotiate ? context => hub.Negotiate(context, next) : context => hub.Connect(context, next);
        });
        var refresh = routes.Map(pattern.TrimEnd('/') + "/refresh", hub.Refresh);
        // MapConnections does this for its own end points, and MapHub what follows.
        refresh.Add(endpoint => { foreach (var data in options.AuthorizationData) endpoint.Metadata.Add(data); });
        // Last, after whatever the app adds: the middleware would answer 401 and 403 without the body that clients read.
        refresh.Finally(endpoint => endpoint.Metadata.Add(new AuthorizesItself()));
        var endpoints = new TokenRefreshEndpoints(() => hub.Count, connections, refresh);
        endpoints.Add(endpoint =>
        {
            foreach (var attribute in typeof(THub).GetCustomAttributes(inherit: true)) endpoint.Metadata.Add(attribute);
            endpoint.Metadata.Add(new HubMetadata(typeof(THub)));
        });
        return endpoints;
    }

    /// <summary>The open connections of one mapped hub, by their tokens.</summary>
    private sealed class RenewableHub(TokenRefreshOptions options, bool closeOnExpiration)
    {
        private readonly ConcurrentDictionary<string, RenewableUser> _users = new();

        public int Count => _users.Count;

        public async Task Negotiate(HttpContext context, RequestDelegate next)
        {
            var expires = Expiry(context);
            var client = context.Response.Body;
            using var buffer = new MemoryStream();
            context.Response.Body = buffer;
            try { await next(context); }
            finally { context.Response.Body = client; }

            var isAnswer = context.Response.StatusCode == StatusCodes.Status200OK && options.EnableAuthenticationRefresh;
            // Only version 1 has a connection token. The id of version 0 is known to others.
            if (isAnswer && Lifetime(expires) is { } lifetime && JsonNode.Parse(buffer.ToArray()) is JsonObject answer && answer.ContainsKey("connectionToken"))
            {
                answer["tokenLifetimeSeconds"] = lifetime;
                await WriteJson(context.Response, answer);
            }
            else await client.WriteAsync(buffer.ToArray());
        }

        public async Task Connect(HttpContext context, RequestDelegate next)
        {
            var expires = Expiry(context);
            var connects = HttpMethods.IsGet(context.Request.Method) || HttpMethods.IsConnect(context.Request.Method);
            // A Windows identity has no expiry, and is gone with its request.
            if (connects && context.User.Identity is not WindowsIdentity)
            {
                var token = context.Request.Query["id"].ToString();
                if (!_users.TryGetValue(token, out var user)) user = new RenewableUser(token, context.User, expires, UserId(context, context.User));
                // The next long poll, or the next socket of a stateful connection. It may well bring the token of the start again.
                else if (await Renew(user, context, context.User, expires, onlyIfLater: true) is not null)
                {
                    context.Response.StatusCode = StatusCodes.Status403Forbidden;
                    return;
                }
                context.User = user;
            }
            await next(context);
        }

        /// <summary>Around the hub, so that the connection can be renewed before the client hears that its handshake has succeeded.</summary>
        public async Task Follow(ConnectionContext connection, ConnectionDelegate hub)
        {
            if (connection.Features.Get<IConnectionUserFeature>()?.User is not RenewableUser user)
            {
                await hub(connection);
                return;
            }
            user.ConnectionId = connection.ConnectionId;
            // The hub asks once and keeps what it gets; by then a second poll may have put a principal of its own there.
            connection.Features.Set<IConnectionUserFeature>(user);
            var isEnding = false;
            if (closeOnExpiration)
            {
                // Once a second, and with leave to come back: as the built-in check does it.
                var lifetime = connection.Features.Get<IConnectionLifetimeNotificationFeature>();
                connection.Features.Get<IConnectionHeartbeatFeature>()?.OnHeartbeat(_ =>
                {
                    if (isEnding || user.Expires is null || user.Expires > DateTimeOffset.UtcNow) return;
                    isEnding = true;
                    lifetime?.RequestClose();
                }, user);
            }
            // Without negotiation there is no token, and in version 0 it is the public id.
            var isRenewable = user.Token != "" && user.Token != connection.ConnectionId;
            if (isRenewable) _users[user.Token] = user;
            try { await hub(connection); }
            finally
            {
                isEnding = true;
                if (isRenewable) _users.TryRemove(KeyValuePair.Create(user.Token, user));
            }
        }

        public async Task Refresh(HttpContext context)
        {
            Expiry(context);
            if (!HttpMethods.IsPost(context.Request.Method))
            {
                context.Response.ContentType = "text/plain";
                context.Response.StatusCode = StatusCodes.Status405MethodNotAllowed;
                return;
            }
            var token = context.Request.Query["id"].ToString();
            var refusal =
                !options.EnableAuthenticationRefresh ? new Refusal(404, "refresh_disabled", "This hub does not renew connections.") :
                token == "" ? new Refusal(400, "missing_connection_token", "The query has no 'id' with the token of the connection.") :
                !_users.TryGetValue(token, out var user) ? new Refusal(404, "connection_not_found", "There is no such connection.") :
                await RenewAndAnswer(context, user);
            if (refusal is null) return;
            context.Response.StatusCode = refusal.Status;
            await WriteJson(context.Response, new JsonObject { ["error"] = refusal.Error, ["error_description"] = refusal.Description });
        }

        private async Task<Refusal?> RenewAndAnswer(HttpContext context, RenewableUser user)
        {
            var (result, isAllowed) = await Authorize(context);
            if (result.Principal is not { } newUser) return new Refusal(401, "invalid_token", "The request brings no token that is accepted.");
            if (!isAllowed) return new Refusal(403, "permission_change_rejected", "The new token gives no access to this hub.");
            var expires = result.Properties?.ExpiresUtc;
            if (await Renew(user, context, newUser, expires, onlyIfLater: false) is { } refusal) return refusal;
            var answer = new JsonObject
            {
                ["connectionId"] = user.ConnectionId,
                ["refreshedAt"] = DateTimeOffset.UtcNow.ToString("O", CultureInfo.InvariantCulture),
            };
            if (Lifetime(expires) is { } lifetime) answer["tokenLifetimeSeconds"] = lifetime;
            await WriteJson(context.Response, answer);
            return null;
        }

        /// <summary>Nothing has changed when it is refused.</summary>
        private async Task<Refusal?> Renew(RenewableUser user, HttpContext context, ClaimsPrincipal newUser, DateTimeOffset? expires, bool onlyIfLater)
        {
            // One after the other, so that each is judged by what it replaces.
            await user.Gate.WaitAsync(context.RequestAborted);
            try
            {
                // Groups and Clients.User stay with whoever connected. Of a visitor nobody can say that it is the same.
                var isSame = user.UserId == UserId(context, newUser) && (user.UserId is not null || onlyIfLater);
                if (!isSame) return new Refusal(403, "user_changed", "The new token belongs to another user.");
                if (onlyIfLater && !(expires > user.Expires)) return null;
                var change = new AuthenticationRefreshContext(context, user.ConnectionId, user.Newest, newUser, expires);
                if (options.OnAuthenticationRefresh is { } accepts && !await accepts(change))
                {
                    return new Refusal(403, "permission_change_rejected", "The app does not accept the change.");
                }
                user.Renew(newUser, expires);
                return null;
            }
            finally { user.Gate.Release(); }
        }
    }

    private sealed record Refusal(int Status, string Error, string Description);

    private sealed class AuthorizesItself : IAllowAnonymous;

    /// <summary>When the authentication of this request expires. Without the middleware everybody would be a visitor, and stay.</summary>
    private static DateTimeOffset? Expiry(HttpContext context) =>
        context.Features.Get<IAuthenticationFeature>() is not null
            ? context.Features.Get<IAuthenticateResultFeature>()?.AuthenticateResult?.Properties?.ExpiresUtc
            : throw new InvalidOperationException($"{nameof(MapHubWithTokenRefresh)} needs UseAuthentication() before its end points.");

    /// <summary>Whole seconds from now; null without an end, or after it.</summary>
    private static int? Lifetime(DateTimeOffset? expires) =>
        (expires - DateTimeOffset.UtcNow)?.TotalSeconds is { } seconds and > 0 ? (int)Math.Min(seconds, int.MaxValue) : null;

    /// <summary>What the middleware would do for the hub.</summary>
    private static async Task<(AuthenticateResult Result, bool IsAllowed)> Authorize(HttpContext context)
    {
        var metadata = context.GetEndpoint()!.Metadata;
        var evaluator = context.RequestServices.GetRequiredService<IPolicyEvaluator>();
        var provider = context.RequestServices.GetRequiredService<IAuthorizationPolicyProvider>();
        var policies = metadata.GetOrderedMetadata<AuthorizationPolicy>().ToList();
        var requirements = metadata.GetOrderedMetadata<IAuthorizationRequirementData>().SelectMany(data => data.GetRequirements()).ToList();
        if (requirements.Count > 0) policies.Add(new AuthorizationPolicy(requirements, []));
        var policy = await AuthorizationPolicy.CombineAsync(provider, metadata.GetOrderedMetadata<IAuthorizeData>(), policies);
        var isOpen = policy is null || metadata.GetOrderedMetadata<IAllowAnonymous>().Any(mark => mark is not AuthorizesItself);
        // Visitors may listen to an open hub; to renew takes a user.
        policy ??= new AuthorizationPolicyBuilder().RequireAuthenticatedUser().Build();
        var result = await evaluator.AuthenticateAsync(policy, context);
        return (result, result.Succeeded && (isOpen || (await evaluator.AuthorizeAsync(policy, result, context, context)).Succeeded));
    }

    /// <summary>The app's IUserIdProvider says who is who, as for Clients.User. It wants a connection to look at.</summary>
    private static string? UserId(HttpContext context, ClaimsPrincipal user)
    {
        var connection = new DefaultConnectionContext { User = user };
        connection.Features.Set<IHttpContextFeature>(new HttpContextFeature { HttpContext = context });
        var hubConnection = new HubConnectionContext(connection, new HubConnectionContextOptions(), NullLoggerFactory.Instance);
        return context.RequestServices.GetRequiredService<IUserIdProvider>().GetUserId(hubConnection)
            ?? user.FindFirstValue("sub") ?? user.FindFirstValue(ClaimTypes.NameIdentifier) ?? user.FindFirstValue(ClaimTypes.Upn);
    }

    private sealed class HttpContextFeature : IHttpContextFeature
    {
        public HttpContext? HttpContext { get; set; }
    }

    private static async Task WriteJson(HttpResponse response, JsonObject json)
    {
        var body = Encoding.UTF8.GetBytes(json.ToJsonString());
        response.ContentType = "application/json";
        response.ContentLength = body.Length;
        await response.Body.WriteAsync(body);
    }

    /// <summary>A hub keeps the principal that it met first. So that one stays, and shows the claims of the newest token.</summary>
    private sealed class RenewableUser(string token, ClaimsPrincipal first, DateTimeOffset? expires, string? userId)
        : ClaimsPrincipal, IConnectionUserFeature
    {
        // In one field, so that nobody sees the claims of one token with the end of another.
        private volatile Tuple<ClaimsPrincipal, DateTimeOffset?> _newest = Tuple.Create(first, expires);

        public string Token => token;
        public string? UserId => userId;
        public string ConnectionId { get; set; } = "";
        public SemaphoreSlim Gate { get; } = new(1);
        public ClaimsPrincipal Newest => _newest.Item1;
        public DateTimeOffset? Expires => _newest.Item2;
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
    }
}
