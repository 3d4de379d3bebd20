using System.Security.Cryptography;
using Microsoft.AspNetCore.Identity;

namespace ShoppingServer;

/// <param name="Family">All that came from one sign-in, one after the other.</param>
/// <param name="SecurityStamp">Of the user when it was issued: another one since then, and it is worthless.</param>
internal sealed record RefreshToken(string UserId, string? SecurityStamp, Guid Family, DateTimeOffset Expires);

/// <summary>Refresh tokens that work once. In memory; a server keeps their hashes in its database.</summary>
internal sealed class RefreshTokens
{
    private readonly Dictionary<string, RefreshToken> _good = [];
    private readonly Dictionary<string, Guid> _used = [];

    public string Issue(IdentityUser user, Guid family, TimeSpan lifetime)
    {
        var token = Convert.ToHexString(RandomNumberGenerator.GetBytes(32));
        lock (_good) _good[token] = new(user.Id, user.SecurityStamp, family, DateTimeOffset.UtcNow + lifetime);
        return token;
    }

    public RefreshToken? Redeem(string token)
    {
        lock (_good)
        {
            if (_good.Remove(token, out var redeemed))
            {
                _used[token] = redeemed.Family;
                return redeemed.Expires > DateTimeOffset.UtcNow ? redeemed : null;
            }
            // It was stolen, or its owner is a thief's victim: nobody can tell, so both are out (RFC 9700 §4.14.2).
            if (_used.TryGetValue(token, out var family))
            {
                foreach (var (other, _) in _good.Where(entry => entry.Value.Family == family).ToList()) _good.Remove(other);
            }
            return null;
        }
    }
}
