namespace Conformance;

// One class for each set of hub options: ASP.NET Core has them by the type of the hub.
public sealed class PlainHub(Scene scene) : ConformanceHub(scene);

public sealed class DetailedHub(Scene scene) : ConformanceHub(scene);

public sealed class CrowdHub(Scene scene) : ConformanceHub(scene);

public sealed class SmallHub(Scene scene) : ConformanceHub(scene);

public sealed class DetailedSmallHub(Scene scene) : ConformanceHub(scene);

public sealed class UnlimitedHub(Scene scene) : ConformanceHub(scene);

public sealed class ParallelHub(Scene scene) : ConformanceHub(scene);

public sealed class QuickHub(Scene scene) : ConformanceHub(scene);

public sealed class StrictHub(Scene scene) : ConformanceHub(scene);

public sealed class DetailedStrictHub(Scene scene) : ConformanceHub(scene);

public sealed class HastyHub(Scene scene) : ConformanceHub(scene);
