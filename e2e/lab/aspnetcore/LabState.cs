namespace Lab;

public sealed record Redirect(string Url, string AccessToken);

public sealed record Rejection(int Status, string On, int Times, Dictionary<string, string>? Headers);

/// <summary>
/// What the test asked for and what must outlive a restart. The parent reads it before it kills the process and hands
/// it to the next one.
/// </summary>
public sealed class LabState
{
    public HashSet<string> RevokedTokens { get; init; } = [];
    public HashSet<string> ForbiddenUsers { get; init; } = [];
    /// <summary>User and role.</summary>
    public HashSet<string> RevokedRoles { get; init; } = [];
    public HashSet<string> RefusedGroups { get; init; } = [];
    public Dictionary<string, int> FailingGroups { get; init; } = [];
    public Dictionary<string, int> Counts { get; init; } = [];
    public Dictionary<string, Rejection> Rejections { get; init; } = [];
    public Redirect? Redirect { get; set; }
    public int FailingConnections { get; set; }
    public int JoinDelay { get; set; }
    public int DisconnectDelay { get; set; }

    /// <summary>Hub methods and commands run side by side: every read and write goes through here.</summary>
    public T With<T>(Func<LabState, T> use)
    {
        lock (RevokedTokens) return use(this);
    }

    public void Change(Action<LabState> change) => With(state =>
    {
        change(state);
        return true;
    });

    public bool TakeFailure(string group) => With(state =>
    {
        if (state.FailingGroups.GetValueOrDefault(group) <= 0) return false;
        state.FailingGroups[group]--;
        return true;
    });

    public bool TakeFailingConnection() => With(state => state.FailingConnections > 0 && state.FailingConnections-- > 0);

    public Rejection? TakeRejection(string on) => With(state =>
    {
        if (!state.Rejections.TryGetValue(on, out var rejection) || rejection.Times <= 0) return null;
        state.Rejections[on] = rejection with { Times = rejection.Times - 1 };
        return rejection;
    });
}
