namespace BffServer;

/// <summary>The settings under "Bff": environment (`Bff__Pages`), command line (`--Bff:Pages`).</summary>
public sealed class BffOptions
{
    /// <summary>Origins of the pages, separated by commas. No other origin gets anything.</summary>
    public string Pages { get; init; } = "";

    /// <summary>The pages are on another site than this server, so the cookies must be sent from there.</summary>
    public bool CrossSite { get; init; }

    /// <summary>Seconds until a user must log in again.</summary>
    public int SessionLifetime { get; init; } = 8 * 60 * 60;

    /// <summary>Who can log in. A demo's way: a real BFF sends people to an OpenID provider here.</summary>
    public IReadOnlyList<DemoUser> Users { get; init; } = [];

    /// <summary>Ends when standard input does: whoever started this server is gone, however it went.</summary>
    public bool ExitWithParent { get; init; }

    public string[] PageOrigins => Pages.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}

public sealed record DemoUser(string Id, string Name, string Password);
