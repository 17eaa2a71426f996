using Flow.Jobs;

namespace Flow.Dashboard;

/// <summary>The pages that a job engine brings itself, inside the same login. Quartz has none; Hangfire's are in Engines/Nuget.</summary>
static partial class EnginePages
{
    public const string Path = "/hangfire";

    /// <summary>Whether the build has an engine with pages of its own, which then answer everything under <see cref="Path"/>.</summary>
    public static bool Owns(PathString path) => Any && path.StartsWithSegments(Path);

    public static bool Any
    {
        get
        {
            var any = false;
            Have(ref any);
            return any;
        }
    }

    public static void Add(IServiceCollection services, Lab lab, DashboardOptions options) => AddHangfire(services, lab, options);

    public static void Map(WebApplication app) => MapHangfire(app);

    static partial void Have(ref bool any);

    static partial void AddHangfire(IServiceCollection services, Lab lab, DashboardOptions options);

    static partial void MapHangfire(WebApplication app);
}
