using System.Collections.Concurrent;
using Microsoft.AspNetCore.Identity;

namespace ShoppingServer;

/// <summary>What registering and signing in need of a user store, in memory. An app has `AddEntityFrameworkStores` here.</summary>
internal sealed class MemoryUsers : IUserPasswordStore<IdentityUser>, IUserEmailStore<IdentityUser>, IUserSecurityStampStore<IdentityUser>
{
    // ASP.NET Core makes a store for each request.
    private static readonly ConcurrentDictionary<string, IdentityUser> Users = new();

    public Task<IdentityResult> CreateAsync(IdentityUser user, CancellationToken _)
    {
        Users[user.Id] = user;
        return Task.FromResult(IdentityResult.Success);
    }

    public Task<IdentityResult> UpdateAsync(IdentityUser user, CancellationToken _) => Task.FromResult(IdentityResult.Success);
    public Task<IdentityResult> DeleteAsync(IdentityUser user, CancellationToken _) =>
        Task.FromResult(Users.TryRemove(user.Id, out var _) ? IdentityResult.Success : IdentityResult.Failed());

    public Task<IdentityUser?> FindByIdAsync(string id, CancellationToken _) => Task.FromResult(Users.GetValueOrDefault(id));
    public Task<IdentityUser?> FindByNameAsync(string name, CancellationToken _) => Task.FromResult(Users.Values.FirstOrDefault(user => user.NormalizedUserName == name));
    public Task<IdentityUser?> FindByEmailAsync(string email, CancellationToken _) => Task.FromResult(Users.Values.FirstOrDefault(user => user.NormalizedEmail == email));

    public Task<string> GetUserIdAsync(IdentityUser user, CancellationToken _) => Task.FromResult(user.Id);
    public Task<string?> GetUserNameAsync(IdentityUser user, CancellationToken _) => Task.FromResult(user.UserName);
    public Task<string?> GetNormalizedUserNameAsync(IdentityUser user, CancellationToken _) => Task.FromResult(user.NormalizedUserName);
    public Task<string?> GetEmailAsync(IdentityUser user, CancellationToken _) => Task.FromResult(user.Email);
    public Task<string?> GetNormalizedEmailAsync(IdentityUser user, CancellationToken _) => Task.FromResult(user.NormalizedEmail);
    public Task<bool> GetEmailConfirmedAsync(IdentityUser user, CancellationToken _) => Task.FromResult(user.EmailConfirmed);
    public Task<string?> GetPasswordHashAsync(IdentityUser user, CancellationToken _) => Task.FromResult(user.PasswordHash);
    public Task<bool> HasPasswordAsync(IdentityUser user, CancellationToken _) => Task.FromResult(user.PasswordHash is not null);
    public Task<string?> GetSecurityStampAsync(IdentityUser user, CancellationToken _) => Task.FromResult(user.SecurityStamp);

    public Task SetUserNameAsync(IdentityUser user, string? name, CancellationToken _) => Done(user.UserName = name);
    public Task SetNormalizedUserNameAsync(IdentityUser user, string? name, CancellationToken _) => Done(user.NormalizedUserName = name);
    public Task SetEmailAsync(IdentityUser user, string? email, CancellationToken _) => Done(user.Email = email);
    public Task SetNormalizedEmailAsync(IdentityUser user, string? email, CancellationToken _) => Done(user.NormalizedEmail = email);
    public Task SetEmailConfirmedAsync(IdentityUser user, bool confirmed, CancellationToken _) => Done(user.EmailConfirmed = confirmed);
    public Task SetPasswordHashAsync(IdentityUser user, string? hash, CancellationToken _) => Done(user.PasswordHash = hash);
    public Task SetSecurityStampAsync(IdentityUser user, string stamp, CancellationToken _) => Done(user.SecurityStamp = stamp);

    public void Dispose() { }

    private static Task Done(object? _) => Task.CompletedTask;
}
