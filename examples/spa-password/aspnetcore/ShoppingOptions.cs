namespace ShoppingServer;

/// <summary>What `Shopping__…` settings say. ../example.ts sets them.</summary>
public sealed class ShoppingOptions
{
    /// <summary>Where the page is served, as the browser names it: `https://shop.example`. Only it may call from another origin.</summary>
    public string Origin { get; set; } = "";

    /// <summary>Seconds. A minute shows a renewal soon; an hour is common.</summary>
    public int AccessTokenLifetime { get; set; } = 60;

    /// <summary>Days that somebody who does not come back stays signed in.</summary>
    public int RefreshTokenLifetime { get; set; } = 14;

    /// <summary>End with the program that started this one: when the standard input ends.</summary>
    public bool ExitWithParent { get; set; }
}
