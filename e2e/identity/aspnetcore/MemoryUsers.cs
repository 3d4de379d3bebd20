using System.Collections.Concurrent;
using Microsoft.AspNetCore.Identity;

namespace IdentityLab;

public sealed class User
{
    public string Id { get; set; } = "";
    public string? Name { get; set; }
    public string? NormalizedName { get; set; }
    public string? PasswordHash { get; set; }
    public string? AuthenticatorKey { get; set; }
    public bool TwoFactor { get; set; }
    public string[] RecoveryCodes { get; set; } = [];
}

/// <summary>What MapIdentityApi needs of a user store, in memory. The e-mail address is the name.</summary>
public sealed class MemoryUsers :
    IUserPasswordStore<User>, IUserEmailStore<User>, IUserTwoFactorStore<User>, IUserAuthenticatorKeyStore<User>,
    IUserTwoFactorRecoveryCodeStore<User>, IUserPhoneNumberStore<User>
{
    static readonly ConcurrentDictionary<string, User> Users = new();

    public Task<IdentityResult> CreateAsync(User user, CancellationToken _)
    {
        if (user.Id == "") user.Id = $"id-of-{user.Name}";
        Users[user.Id] = user;
        return Task.FromResult(IdentityResult.Success);
    }

    public Task<IdentityResult> UpdateAsync(User user, CancellationToken _) => Task.FromResult(IdentityResult.Success);
    public Task<IdentityResult> DeleteAsync(User user, CancellationToken _) => Task.FromResult(Users.TryRemove(user.Id, out var _) ? IdentityResult.Success : IdentityResult.Failed());
    public Task<User?> FindByIdAsync(string id, CancellationToken _) => Task.FromResult(Users.GetValueOrDefault(id));
    public Task<User?> FindByNameAsync(string name, CancellationToken _) => Task.FromResult(Users.Values.FirstOrDefault(user => user.NormalizedName == name));
    public Task<User?> FindByEmailAsync(string email, CancellationToken _) => FindByNameAsync(email, _);

    public Task<string> GetUserIdAsync(User user, CancellationToken _) => Task.FromResult(user.Id);
    public Task<string?> GetUserNameAsync(User user, CancellationToken _) => Task.FromResult(user.Name);
    public Task<string?> GetNormalizedUserNameAsync(User user, CancellationToken _) => Task.FromResult(user.NormalizedName);
    public Task<string?> GetEmailAsync(User user, CancellationToken _) => Task.FromResult(user.Name);
    public Task<string?> GetNormalizedEmailAsync(User user, CancellationToken _) => Task.FromResult(user.NormalizedName);
    public Task<bool> GetEmailConfirmedAsync(User user, CancellationToken _) => Task.FromResult(true);
    public Task<string?> GetPasswordHashAsync(User user, CancellationToken _) => Task.FromResult(user.PasswordHash);
    public Task<bool> HasPasswordAsync(User user, CancellationToken _) => Task.FromResult(user.PasswordHash != null);
    public Task<bool> GetTwoFactorEnabledAsync(User user, CancellationToken _) => Task.FromResult(user.TwoFactor);
    public Task<string?> GetAuthenticatorKeyAsync(User user, CancellationToken _) => Task.FromResult(user.AuthenticatorKey);
    public Task<int> CountCodesAsync(User user, CancellationToken _) => Task.FromResult(user.RecoveryCodes.Length);

    public Task<string?> GetPhoneNumberAsync(User user, CancellationToken _) => Task.FromResult<string?>(null);
    public Task<bool> GetPhoneNumberConfirmedAsync(User user, CancellationToken _) => Task.FromResult(false);

    public Task SetUserNameAsync(User user, string? name, CancellationToken _) => Done(user.Name = name);
    public Task SetNormalizedUserNameAsync(User user, string? name, CancellationToken _) => Done(user.NormalizedName = name);
    public Task SetEmailAsync(User user, string? email, CancellationToken _) => Done(email);
    public Task SetNormalizedEmailAsync(User user, string? email, CancellationToken _) => Done(email);
    public Task SetEmailConfirmedAsync(User user, bool confirmed, CancellationToken _) => Done(confirmed);
    public Task SetPasswordHashAsync(User user, string? hash, CancellationToken _) => Done(user.PasswordHash = hash);
    public Task SetTwoFactorEnabledAsync(User user, bool enabled, CancellationToken _) => Done(user.TwoFactor = enabled);
    public Task SetAuthenticatorKeyAsync(User user, string key, CancellationToken _) => Done(user.AuthenticatorKey = key);
    public Task SetPhoneNumberAsync(User user, string? number, CancellationToken _) => Done(number);
    public Task SetPhoneNumberConfirmedAsync(User user, bool confirmed, CancellationToken _) => Done(confirmed);
    public Task ReplaceCodesAsync(User user, IEnumerable<string> codes, CancellationToken _) => Done(user.RecoveryCodes = [.. codes]);

    public Task<bool> RedeemCodeAsync(User user, string code, CancellationToken _)
    {
        var known = user.RecoveryCodes.Contains(code);
        user.RecoveryCodes = [.. user.RecoveryCodes.Where(other => other != code)];
        return Task.FromResult(known);
    }

    public void Dispose() { }

    static Task Done<T>(T _) => Task.CompletedTask;
}
