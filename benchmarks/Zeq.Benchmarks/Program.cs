using Zeq.Benchmarks;

const string Usage = """
    usage: Zeq.Benchmarks <verb> [options] [--table]
      transfer --store sqlite:<file>|postgres:<connection string>|memory: [--clients 32[,64,…]] [--seconds 5] [--rounds 3] [--accounts 1000] [--coins 20000]
      chain-validate [--rows 1000000] [--rounds 3]
      http-transfer [--clients 64] [--seconds 5] [--rounds 3]
      kem [--rounds 5] [--ms 100]
      sign [--rounds 5] [--slice-ms 20]
      agree [--rounds 5] [--slice-ms 20]
      aead [--rounds 5] [--slice-ms 2] [--sizes 64,1420,16384]
      records [--megabytes 64] [--sizes 1024,16384,262144] [--rounds 5]
      wrap [--size 1420] [--seconds 3] [--threads 1]
      kdf [--memory 65536] [--passes 3] [--lanes 1] [--iterations 600000] [--rounds 5]
    Prints one line of JSON; with --table a table for people instead.
    """;

try
{
    var arguments = new Arguments(args);
    switch (arguments.Verb)
    {
        case "transfer":
            await TransferVerb.RunAsync(arguments);
            return 0;
        case "chain-validate":
            await ChainValidateVerb.RunAsync(arguments);
            return 0;
        case "http-transfer":
            await HttpTransferVerb.RunAsync(arguments);
            return 0;
        case "kem":
            KemVerb.Run(arguments);
            return 0;
        case "sign":
            SignVerb.Run(arguments);
            return 0;
        case "agree":
            AgreeVerb.Run(arguments);
            return 0;
        case "aead":
            AeadVerb.Run(arguments);
            return 0;
        case "records":
            await RecordsVerb.RunAsync(arguments);
            return 0;
        case "wrap":
            WrapVerb.Run(arguments);
            return 0;
        case "kdf":
            KdfVerb.Run(arguments);
            return 0;
        default:
            Console.Error.WriteLine(Usage);
            return 2;
    }
}
catch (ArgumentException wrong)
{
    Console.Error.WriteLine("error: " + wrong.Message);
    Console.Error.WriteLine(Usage);
    return 2;
}
