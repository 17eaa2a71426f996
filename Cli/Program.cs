using System.CommandLine;

return new RootCommand("A lab for scaling studies of diffusion transformers on visual perception.").Parse(args).Invoke();
