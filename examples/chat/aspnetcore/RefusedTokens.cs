using System.Collections.Concurrent;

namespace ChatServer;

/// <summary>Remembers up to when a user's access tokens are refused. Such tokens are short-lived; a restart forgets.</summary>
public sealed class RefusedTokens
{
    /// <param name="Before">Epoch seconds, as `iat` is.</param>
    /// <param name="Ids">Tokens of that very second that were seen before: `iat` is too coarse to tell them from the next one.</param>
    private sealed record Refusal(long Before, HashSet<string> Ids);

    private readonly ConcurrentDictionary<string, Refusal> _refusals = new();
    private readonly ConcurrentDictionary<string, (string UserId, long IssuedAt)> _seen = new();

    /// <summary>False when the token was withdrawn.</summary>
    public bool Accept(string userId, string tokenId, long issuedAt)
    {
        if (_refusals.TryGetValue(userId, out var refusal) && (issuedAt < refusal.Before || refusal.Ids.Contains(tokenId))) return false;
        _seen[tokenId] = (userId, issuedAt);
        var recent = DateTimeOffset.UtcNow.ToUnixTimeSeconds() - 10;
        foreach (var (id, token) in _seen)
        {
            if (token.IssuedAt < recent) _seen.TryRemove(id, out _);
        }
        return true;
    }

    /// <summary>Refuses every token that the user holds by now.</summary>
    public void RefuseUntilNow(string userId)
    {
        var before = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        var ids = _seen.Where(token => token.Value.UserId == userId && token.Value.IssuedAt >= before).Select(token => token.Key).ToHashSet();
        _refusals.AddOrUpdate(userId, new Refusal(before, ids), (_, old) => new Refusal(before, [.. ids, .. old.Ids]));
    }
}
