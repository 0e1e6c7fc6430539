using Zeq.Cli;

return await ZeqCommandLine.RunAsync(args, CliHost.OfProcess());
