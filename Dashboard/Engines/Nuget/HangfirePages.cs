using Flow.Jobs;
using Flow.Jobs.Engines.Hangfire;
using Flow.Jobs.Ledger;
using Hangfire;
using Hangfire.Dashboard;

namespace Flow.Dashboard;

/// <summary>Hangfire's own dashboard: viewers look, operators act; our enqueue and recurring pages are in its menu. Its forms carry ASP.NET's antiforgery token.</summary>
static partial class EnginePages
{
    static partial void Have(ref bool any) => any = true;

    static partial void AddHangfire(IServiceCollection services, Lab lab, DashboardOptions options)
    {
        services.AddAntiforgery();
        services.AddHangfire(hangfire => hangfire.UseStorage(new HangfireEngine(lab.Root, LedgerDatabase.Connection(options.Database)).Storage));
    }

    static partial void MapHangfire(WebApplication app)
    {
        NavigationMenu.Items.Add(page => new MenuItem("Enqueue", "/enqueue"));
        NavigationMenu.Items.Add(page => new MenuItem("Recurring evaluations", "/recurring"));
        app.MapHangfireDashboard(Path, new global::Hangfire.DashboardOptions
        {
            AppPath = "/",
            DashboardTitle = "FlowDataPipeline",
            DisplayStorageConnectionString = false,
            Authorization = [], // the endpoint's policy is the login
            IsReadOnlyFunc = context => !context.GetHttpContext().User.IsInRole(Role.Operator),
        }).RequireAuthorization(Role.Viewer);
    }
}
