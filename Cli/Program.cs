return await Flow.Cli.CommandLine.Run(args);
