using Zeq.Hosting;
using Zeq.Protocol;
using Zeq.Storage.Postgres;

namespace Zeq.Node;

/// <summary><c>migrate</c>: makes the schema of a PostgreSQL store or brings it up to date, as the role that owns it, without starting a node.</summary>
internal static class MigrateCommand
{
    public static async Task<int> RunAsync(string[] args)
    {
        IConfiguration configuration = new ConfigurationBuilder().AddJsonFile("appsettings.json", optional: true).AddEnvironmentVariables().AddCommandLine(args).Build();
        PostgresOptions options = ZeqSettings.ReadPostgres(configuration) ?? throw new ZeqStartException("ZEQ_STORAGE names no PostgreSQL store; other stores bring themselves up to date.");
        try
        {
            int run = await PostgresHomeStore.MigrateAsync(options);
            Console.WriteLine(run == 0 ? $"{options}: nothing to do." : $"{options}: {run} steps were run.");
            return 0;
        }
        catch (StoreException failure)
        {
            throw new ZeqStartException(failure.Message, failure);
        }
    }
}
