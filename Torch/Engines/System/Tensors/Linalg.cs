using Flow.Torch.Interop;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>Linear algebra on the last two dimensions.</summary>
    public static class linalg
    {
        public static Tensor cholesky(Tensor input) => Aten.Call("linalg_cholesky", input);
        public static Tensor det(Tensor input) => Aten.Call("linalg_det", input);
        public static Tensor inv(Tensor input) => Aten.Call("linalg_inv", input);
        public static Tensor pinv(Tensor input, double? atol = null, double? rtol = null, bool hermitian = false) => Aten.Call("linalg_pinv.atol_rtol_float", input, atol, rtol, hermitian);
        public static (Tensor, Tensor) eigh(Tensor input, char UPLO = 'L') => Aten.Call2("linalg_eigh", input, UPLO.ToString());
        public static Tensor eigvalsh(Tensor input, char UPLO = 'L') => Aten.Call("linalg_eigvalsh", input, UPLO.ToString());
        public static Tensor solve(Tensor A, Tensor B, bool left = true) => Aten.Call("linalg_solve", A, B, left);
        public static Tensor solve_triangular(Tensor A, Tensor B, bool upper, bool left = true, bool unitriangular = false) => Aten.Call("linalg_solve_triangular", A, B, upper, left, unitriangular);
        public static Tensor svdvals(Tensor input) => Aten.Call("linalg_svdvals", input);
        public static Tensor vector_norm(Tensor input, double ord = 2d, long[]? dims = null, bool keepdim = false) => Aten.Call("linalg_vector_norm", input, (Scalar)ord, dims, keepdim);
        public static Tensor norm(Tensor input, long[]? dims = null, bool keepdim = false) => Aten.Call("linalg_norm", input, Arg.None, dims, keepdim);

        public static (Tensor U, Tensor S, Tensor Vh) svd(Tensor input, bool fullMatrices = true)
        {
            var parts = Aten.CallMany("linalg_svd", input, fullMatrices);
            return (parts[0]!, parts[1]!, parts[2]!);
        }

        public static (Tensor Q, Tensor R) qr(Tensor input) => Aten.Call2("linalg_qr", input);

        public static (Tensor Solution, Tensor Residuals, Tensor Rank, Tensor SingularValues) lstsq(Tensor input, Tensor other)
        {
            var parts = Aten.CallMany("linalg_lstsq", input, other);
            return (parts[0]!, parts[1]!, parts[2]!, parts[3]!);
        }
    }
}
