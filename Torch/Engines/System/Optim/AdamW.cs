using TorchSharp.Modules;

namespace TorchSharp
{
    public static partial class torch
    {
        /// <summary>Optimizers.</summary>
        public static partial class optim
        {
            public static AdamW AdamW(IEnumerable<Parameter> parameters, double lr = 1e-3, double beta1 = 0.9, double beta2 = 0.999, double eps = 1e-8, double weight_decay = 0, bool amsgrad = false, bool maximize = false)
            {
                if (amsgrad || maximize) throw new NotSupportedException("AdamW with amsgrad or maximize");
                return new(parameters, lr, (beta1, beta2), eps, weight_decay);
            }

            /// <summary>What holds a learning rate that a schedule may set before each step.</summary>
            public interface ILearningRateController
            {
                double LearningRate { get; set; }

                double InitialLearningRate { get; set; }
            }

            /// <summary>Changes parameters by their gradients.</summary>
            public abstract class Optimizer : IDisposable
            {
                public abstract IEnumerable<ILearningRateController> ParamGroups { get; }

                public abstract IEnumerable<Parameter> parameters();

                public abstract Tensor? step(Func<Tensor>? closure = null);

                public virtual void zero_grad()
                {
                    foreach (var parameter in parameters()) parameter.grad = null;
                }

                public void Dispose()
                {
                    Dispose(true);
                    GC.SuppressFinalize(this);
                }

                protected virtual void Dispose(bool disposing)
                {
                }
            }
        }
    }
}

namespace TorchSharp.Modules
{
    /// <summary>Adam with decoupled weight decay (Loshchilov and Hutter 2019, algorithm 2), bias-corrected.</summary>
    public sealed class AdamW : torch.optim.Optimizer
    {
        readonly Group group;
        readonly (double, double) betas;
        readonly double eps, weightDecay;
        readonly List<(Parameter Parameter, State State)> states;

        internal AdamW(IEnumerable<Parameter> parameters, double lr, (double, double) betas, double eps, double weightDecay)
        {
            (group, this.betas, this.eps, this.weightDecay) = (new(lr), betas, eps, weightDecay);
            states = [.. parameters.Select(parameter => (parameter, new State(parameter)))];
        }

        public override IEnumerable<torch.optim.ILearningRateController> ParamGroups => [group];

        public override IEnumerable<Parameter> parameters() => states.Select(item => item.Parameter);

        public override torch.Tensor? step(Func<torch.Tensor>? closure = null)
        {
            var loss = closure?.Invoke();
            using var scope = torch.NewDisposeScope();
            using var quiet = torch.no_grad();
            foreach (var (parameter, state) in states)
                if (parameter.grad is { } grad) Step(parameter, grad, state);
            return loss;
        }

        void Step(Parameter parameter, torch.Tensor grad, State state)
        {
            var (beta1, beta2) = betas;
            state.step++;
            parameter.mul_(1 - group.LearningRate * weightDecay);
            state.exp_avg.mul_(beta1).add_(grad, 1 - beta1);
            state.exp_avg_sq.mul_(beta2).addcmul_(grad, grad, 1 - beta2);
            var denominator = (state.exp_avg_sq.sqrt() / Math.Sqrt(1 - Math.Pow(beta2, state.step))).add_(eps);
            parameter.addcdiv_(state.exp_avg, denominator, -group.LearningRate / (1 - Math.Pow(beta1, state.step)));
        }

        protected override void Dispose(bool disposing)
        {
            base.Dispose(disposing);
            foreach (var (_, state) in states)
            {
                state.exp_avg.Dispose();
                state.exp_avg_sq.Dispose();
            }
        }

        sealed class State(Parameter parameter)
        {
            internal long step;
            internal readonly torch.Tensor exp_avg = torch.zeros_like(parameter).DetachFromDisposeScope();
            internal readonly torch.Tensor exp_avg_sq = torch.zeros_like(parameter).DetachFromDisposeScope();
        }

        sealed class Group(double lr) : torch.optim.ILearningRateController
        {
            public double LearningRate { get; set; } = lr;

            public double InitialLearningRate { get; set; } = lr;
        }
    }
}
