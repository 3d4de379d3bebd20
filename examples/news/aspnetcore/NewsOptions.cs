namespace NewsServer;

/// <summary>The settings under "News": environment (`News__Authority`), command line (`--News:Authority`).</summary>
public sealed class NewsOptions
{
    /// <summary>The issuer whose access tokens are accepted.</summary>
    public string Authority { get; init; } = "";

    /// <summary>What its access tokens are for: this API.</summary>
    public string Audience { get; init; } = "urn:news-api";

    /// <summary>Origins of the pages, separated by commas.</summary>
    public string Origins { get; init; } = "";

    /// <summary>Milliseconds from one dispatch of the agency to the next; 0 for no agency.</summary>
    public int AgencyInterval { get; init; }

    /// <summary>Ends when standard input does: whoever started this server is gone, however it went.</summary>
    public bool ExitWithParent { get; init; }
}
