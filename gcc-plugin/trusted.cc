/* trusted.cc: libraries whose functions are trusted as they come: BLAS, CBLAS, LAPACK, LAPACKE, FFTW, GSL.
   SPDX-License-Identifier: GPL-3.0-or-later

   A function is listed if its result, and what it leaves where its arguments point, depend on its arguments, on what they
   lead to, and on what the runtime puts into the key of every call that reaches the list: which libraries really hold it,
   their threads, their choice of kernels (include/hashcache/leaves.h). Not listed are functions that read files, clocks or
   the environment, print, keep something from call to call, or change how others behave. docs/trusted-libraries.md tells
   users, and what is left to them.

   BLAS and LAPACK are listed name by name: a pattern for `dgesv_' would match `dispose_'. The others have prefixes of their
   own.  */

#include "plugin.h"
#include <fnmatch.h>

namespace {

/* Names between spaces, without the underscore that Fortran compilers put behind them.  */

const char blas[]
  = " caxpy ccopy cdotc cdotu cgbmv cgemm cgemv cgerc cgeru chbmv chemm chemv cher2 cher2k cher cherk chpmv chpr2 chpr "
    "crotg cscal csrot csscal cswap csymm csyr2k csyrk ctbmv ctbsv ctpmv ctpsv ctrmm ctrmv ctrsm ctrsv dasum daxpy dcabs1 "
    "dcopy ddot dgbmv dgemm dgemv dger dnrm2 drot drotg drotm drotmg dsbmv dscal dsdot dspmv dspr2 dspr dswap dsymm dsymv "
    "dsyr2 dsyr2k dsyr dsyrk dtbmv dtbsv dtpmv dtpsv dtrmm dtrmv dtrsm dtrsv dzasum dznrm2 icamax idamax isamax izamax "
    "sasum saxpy scabs1 scasum scnrm2 scopy sdot sdsdot sgbmv sgemm sgemv sger snrm2 srot srotg srotm srotmg ssbmv sscal "
    "sspmv sspr2 sspr sswap ssymm ssymv ssyr2 ssyr2k ssyr ssyrk stbmv stbsv stpmv stpsv strmm strmv strsm strsv zaxpy "
    "zcopy zdotc zdotu zdrot zdscal zgbmv zgemm zgemv zgerc zgeru zhbmv zhemm zhemv zher2 zher2k zher zherk zhpmv zhpr2 "
    "zhpr zrotg zscal zswap zsymm zsyr2k zsyrk ztbmv ztbsv ztpmv ztpsv ztrmm ztrmv ztrsm ztrsv saxpby daxpby caxpby "
    "zaxpby simatcopy dimatcopy cimatcopy zimatcopy somatcopy domatcopy comatcopy zomatcopy sgeadd dgeadd cgeadd zgeadd "
    "cgemm3m zgemm3m isamin idamin icamin izamin ";

/* Names between spaces, without `cblas_'.  */

const char cblas[]
  = " caxpby caxpy ccopy cdotc cdotc_sub cdotu cdotu_sub cgbmv cgeadd cgemm cgemm3m cgemv cgerc cgeru chbmv chemm chemv "
    "cher cher2 cher2k cherk chpmv chpr chpr2 cimatcopy comatcopy crotg cscal csrot csscal cswap csymm csyr2k csyrk ctbmv "
    "ctbsv ctpmv ctpsv ctrmm ctrmv ctrsm ctrsv dasum daxpby daxpy dcabs1 dcopy ddot dgbmv dgeadd dgemm dgemv dger "
    "dimatcopy dnrm2 domatcopy drot drotg drotm drotmg dsbmv dscal dsdot dspmv dspr dspr2 dsum dswap dsymm dsymv dsyr "
    "dsyr2 dsyr2k dsyrk dtbmv dtbsv dtpmv dtpsv dtrmm dtrmv dtrsm dtrsv dzasum dznrm2 dzsum icamax icamin icmax icmin "
    "idamax idamin idmax idmin isamax isamin ismax ismin izamax izamin izmax izmin sasum saxpby saxpy scabs1 scasum "
    "scnrm2 scopy scsum sdot sdsdot sgbmv sgeadd sgemm sgemv sger simatcopy snrm2 somatcopy srot srotg srotm srotmg ssbmv "
    "sscal sspmv sspr sspr2 ssum sswap ssymm ssymv ssyr ssyr2 ssyr2k ssyrk stbmv stbsv stpmv stpsv strmm strmv strsm "
    "strsv zaxpby zaxpy zcopy zdotc zdotc_sub zdotu zdotu_sub zdrot zdscal zgbmv zgeadd zgemm zgemm3m zgemv zgerc zgeru "
    "zhbmv zhemm zhemv zher zher2 zher2k zherk zhpmv zhpr zhpr2 zimatcopy zomatcopy zrotg zscal zswap zsymm zsyr2k zsyrk "
    "ztbmv ztbsv ztpmv ztpsv ztrmm ztrmv ztrsm ztrsv ";

/* Names of LAPACK between spaces, each with one of the letters PRECISIONS before it.  Not there: xerbla, which a program may
   define as it likes; second and dsecnd, clocks; lacon, which keeps variables from call to call (lacn2 does not); ilaenv and its
   like, which tune.  */

const struct
{
  const char *precisions;
  const char *stems;
} lapack[] = {
  { "sdcz",
    " bbcsd bdsqr gbbrd gbcon gbequ gbequb gbrfs gbsv gbsvx gbtf2 gbtrf gbtrs gebak gebal gebd2 gebrd gecon geequ geequb "
    "gees geesx geev geevx gegs gegv gehd2 gehrd gejsv gelq2 gelq gelqf gelqt3 gelqt gels gelsd gelss gelst gelsx gelsy "
    "gemlq gemlqt gemqr gemqrt geql2 geqlf geqp3 geqpf geqr2 geqr2p geqr geqrf geqrfp geqrt2 geqrt3 geqrt gerfs gerq2 "
    "gerqf gesc2 gesdd gesv gesvd gesvdq gesvdx gesvj gesvx getc2 getf2 getrf2 getrf getri getrs getsls getsqrhrt ggbak "
    "ggbal gges3 gges ggesx ggev3 ggev ggevx ggglm gghd3 gghrd gglse ggqrf ggrqf ggsvd3 ggsvd ggsvp3 ggsvp gsvj0 gsvj1 "
    "gtcon gtrfs gtsv gtsvx gttrf gttrs gtts2 hgeqz hsein hseqr labrd lacn2 lacpy ladiv laed0 laed7 laed8 laein laev2 "
    "lags2 lagtm lahqr lahr2 lahrd laic1 lals0 lalsa lalsd lamswlq lamtsqr langb lange langt lanhs lansb lansp lansy "
    "lantb lantp lantr lapll lapmr lapmt laqgb laqge laqp2 laqps laqr0 laqr1 laqr2 laqr3 laqr4 laqr5 laqsb laqsp laqsy "
    "laqz0 laqz1 laqz2 laqz3 lar1v lar2v larf larfb larfb_gett larfg larfgp larft larfx larfy largv larnv larrv lartg "
    "lartv larz larzb larzt lascl laset lasr lassq laswlq laswp lasyf lasyf_aa lasyf_rk lasyf_rook latbs latdf latps "
    "latrd latrs3 latrs latrz latsqr latzm lauu2 lauum pbcon pbequ pbrfs pbstf pbsv pbsvx pbtf2 pbtrf pbtrs pftrf pftri "
    "pftrs pocon poequ poequb porfs posv posvx potf2 potrf2 potrf potri potrs ppcon ppequ pprfs ppsv ppsvx pptrf pptri "
    "pptrs pstf2 pstrf ptcon pteqr ptrfs ptsv ptsvx pttrf pttrs ptts2 spcon sprfs spsv spsvx sptrf sptri sptrs stedc "
    "stegr stein stemr steqr sycon sycon_3 sycon_rook syconv syconvf syconvf_rook syequb syrfs sysv sysv_aa "
    "sysv_aa_2stage sysv_rk sysv_rook sysvx syswapr sytf2 sytf2_rk sytf2_rook sytrf sytrf_aa sytrf_aa_2stage sytrf_rk "
    "sytrf_rook sytri2 sytri2x sytri sytri_3 sytri_3x sytri_rook sytrs2 sytrs sytrs_3 sytrs_aa sytrs_aa_2stage sytrs_rook "
    "tbcon tbrfs tbtrs tfsm tftri tfttp tfttr tgevc tgex2 tgexc tgsen tgsja tgsna tgsy2 tgsyl tpcon tplqt2 tplqt tpmlqt "
    "tpmqrt tpqrt2 tpqrt tprfb tprfs tptri tptrs tpttf tpttr trcon trevc3 trevc trexc trrfs trsen trsna trsyl3 trsyl "
    "trti2 trtri trtrs trttf trttp tzrqf tzrzf " },
  { "sd",
    " bdsdc bdsvdx disna isnan labad ladiv1 ladiv2 lae2 laebz laed1 laed2 laed3 laed4 laed5 laed6 laed9 laeda laexc lag2 "
    "lagtf lagts lagv2 laisnan laln2 lamc3 lamch lamrg laneg lansf lanst lanv2 laorhr_col_getrfnp2 laorhr_col_getrfnp "
    "lapy2 lapy3 laqtr laqz4 larmm larra larrb larrc larrd larre larrf larrj larrk larrr lartgp lartgs laruv las2 lasd0 "
    "lasd1 lasd2 lasd3 lasd4 lasd5 lasd6 lasd7 lasd8 lasda lasdq lasdt lasq1 lasq2 lasq3 lasq4 lasq5 lasq6 lasrt lasv2 "
    "lasy2 opgtr opmtr orbdb1 orbdb2 orbdb3 orbdb4 orbdb5 orbdb6 orbdb orcsd2by1 orcsd org2l org2r orgbr orghr orgl2 "
    "orglq orgql orgqr orgr2 orgrq orgtr orgtsqr orgtsqr_row orhr_col orm22 orm2l orm2r ormbr ormhr orml2 ormlq ormql "
    "ormqr ormr2 ormr3 ormrq ormrz ormtr roundup_lwork rscl sb2st_kernels sbev sbev_2stage sbevd sbevd_2stage sbevx "
    "sbevx_2stage sbgst sbgv sbgvd sbgvx sbtrd sfrk spev spevd spevx spgst spgv spgvd spgvx sptrd stebz sterf stev stevd "
    "stevr stevx syev syev_2stage syevd syevd_2stage syevr syevr_2stage syevx syevx_2stage sygs2 sygst sygv sygv_2stage "
    "sygvd sygvx sytd2 sytrd sytrd_2stage sytrd_sb2st sytrd_sy2sb " },
  { "cz",
    " hb2st_kernels hbev hbev_2stage hbevd hbevd_2stage hbevx hbevx_2stage hbgst hbgv hbgvd hbgvx hbtrd hecon hecon_3 "
    "hecon_rook heequb heev heev_2stage heevd heevd_2stage heevr heevr_2stage heevx heevx_2stage hegs2 hegst hegv "
    "hegv_2stage hegvd hegvx herfs hesv hesv_aa hesv_aa_2stage hesv_rk hesv_rook hesvx heswapr hetd2 hetf2 hetf2_rk "
    "hetf2_rook hetrd hetrd_2stage hetrd_hb2st hetrd_he2hb hetrf hetrf_aa hetrf_aa_2stage hetrf_rk hetrf_rook hetri2 "
    "hetri2x hetri hetri_3 hetri_3x hetri_rook hetrs2 hetrs hetrs_3 hetrs_aa hetrs_aa_2stage hetrs_rook hfrk hpcon hpev "
    "hpevd hpevx hpgst hpgv hpgvd hpgvx hprfs hpsv hpsvx hptrd hptrf hptri hptrs lacgv lacp2 lacrm lacrt laesy lahef "
    "lahef_aa lahef_rk lahef_rook lanhb lanhe lanhf lanhp lanht laqhb laqhe laqhp larcm launhr_col_getrfnp2 "
    "launhr_col_getrfnp rot spmv spr symv syr unbdb1 unbdb2 unbdb3 unbdb4 unbdb5 unbdb6 unbdb uncsd2by1 uncsd ung2l ung2r "
    "ungbr unghr ungl2 unglq ungql ungqr ungr2 ungrq ungtr ungtsqr ungtsqr_row unhr_col unm22 unm2l unm2r unmbr unmhr "
    "unml2 unmlq unmql unmqr unmr2 unmr3 unmrq unmrz unmtr upgtr upmtr " },
};

/* Names of LAPACK without the common scheme.  */

const char lapack_others[]
  = " chla_transtype clag2z csrscl dlag2s dlat2s dsgesv dsposv dzsum1 scsum1 slag2d zcgesv zcposv zdrscl zlag2c zlat2c "
    "icmax1 ieeeck ilaclc ilaclr iladiag iladlc iladlr ilaprec ilaslc ilaslr ilatrans ilauplo ilaver ilazlc ilazlr izmax1 "
    "lsame lsamen ";

/* Of FFTW, behind fftw_, fftwf_ or fftwl_.  Plans that are made by measuring are refused elsewhere: see fftw_planner_p.  Not
   there: wisdom, which comes from files or measurements; plan_with_nthreads and other settings; alignment_of, which looks at
   an address.  */

const char *const fftw[] = { "plan_dft*", "plan_many_*", "plan_r2r*", "plan_guru*", "execute", "execute_*", "destroy_plan", "malloc",
			     "free", "alloc_real", "alloc_complex" };

/* Of GSL.  A callback stands in an argument, and so in the graph.  */

const char *const gsl[]
  = { "gsl_acosh", "gsl_asinh", "gsl_atanh", "gsl_expm1", "gsl_fcmp", "gsl_fdiv", "gsl_finite", "gsl_frexp", "gsl_heapsort*",
      "gsl_hypot", "gsl_hypot3", "gsl_isinf", "gsl_isnan", "gsl_ldexp", "gsl_log1p", "gsl_max", "gsl_min", "gsl_nan", "gsl_neginf",
      "gsl_posinf", "gsl_permute*", "gsl_sort", "gsl_sort2", "gsl_blas_*", "gsl_block_*", "gsl_bspline_*", "gsl_cdf_*", "gsl_cheb_*",
      "gsl_combination_*", "gsl_complex_*", "gsl_deriv_*", "gsl_dht_*", "gsl_diff_*", "gsl_eigen_*", "gsl_fft_*", "gsl_filter_*",
      "gsl_fit_*", "gsl_histogram_*", "gsl_histogram2d_*", "gsl_integration_*", "gsl_interp_*", "gsl_interp2d_*", "gsl_linalg_*",
      "gsl_matrix_*", "gsl_min_*", "gsl_monte_plain_*", "gsl_monte_miser_*", "gsl_movstat_*", "gsl_multifit_*", "gsl_multilarge_*",
      "gsl_multimin_*", "gsl_multiroot_*", "gsl_multiset_*", "gsl_odeiv_*", "gsl_odeiv2_*", "gsl_permutation_*", "gsl_poly_*",
      "gsl_pow_*", "gsl_qrng_*", "gsl_ran_*", "gsl_root_*", "gsl_rstat_*", "gsl_schur_*", "gsl_sf_*", "gsl_sort_*", "gsl_sort2_*",
      "gsl_spblas_*", "gsl_splinalg_*", "gsl_spline_*", "gsl_spline2d_*", "gsl_spmatrix_*", "gsl_stats_*", "gsl_sum_*",
      "gsl_vector_*", "gsl_wavelet_*", "gsl_wavelet2d_*",
      /* A generator is memory behind an argument.  gsl_rng_alloc seeds it from a global variable.  */
      "gsl_rng_clone", "gsl_rng_free", "gsl_rng_get", "gsl_rng_max", "gsl_rng_memcpy", "gsl_rng_min", "gsl_rng_set",
      "gsl_rng_uniform", "gsl_rng_uniform_int", "gsl_rng_uniform_pos" };

/* Of them, those that read or write files.  */

const char *const gsl_files[] = { "*_fprintf", "*_fread", "*_fscanf", "*_fwrite" };

/* True if NAME is one of the names between spaces in LIST.  */

bool
word_of_p (const char *list, const std::string &name)
{
  return !name.empty () && name.find (' ') == std::string::npos && strstr (list, (" " + name + " ").c_str ());
}

template <size_t N>
bool
matches_p (const char *const (&globs)[N], const std::string &name)
{
  for (const char *glob : globs)
    if (!fnmatch (glob, name.c_str (), 0))
      return true;
  return false;
}

/* What is left of NAME behind PREFIX, or empty.  */

std::string
behind (const char *prefix, const std::string &name)
{
  return name.compare (0, strlen (prefix), prefix) ? "" : name.substr (strlen (prefix));
}

bool
ends_p (const std::string &name, const char *end)
{
  size_t n = strlen (end);
  return name.size () > n && !name.compare (name.size () - n, n, end);
}

/* True if NAME is a function of LAPACK, without the underscore.  */

bool
lapack_p (const std::string &name)
{
  for (auto &group : lapack)
    if (!name.empty () && strchr (group.precisions, name[0]) && word_of_p (group.stems, name.substr (1)))
      return true;
  return word_of_p (lapack_others, name);
}

/* What is left of NAME, a function of FFTW, behind its prefix, or empty.  */

std::string
behind_fftw (const std::string &name)
{
  for (const char *prefix : { "fftw_", "fftwf_", "fftwl_" })
    if (name.size () > strlen (prefix) && !name.compare (0, strlen (prefix), prefix))
      return name.substr (strlen (prefix));
  return "";
}

} // anonymous namespace

/* True if SYMBOL, what the assembler calls a function, is a function of a library that is trusted as it comes.  */

bool
shipped_trust_p (const std::string &symbol)
{
  if (symbol.back () == '_')
    {
      std::string name = symbol.substr (0, symbol.size () - 1);
      return word_of_p (blas, name) || lapack_p (name);
    }
  std::string lapacke = behind ("LAPACKE_", symbol);
  if (ends_p (lapacke, "_work"))
    lapacke.resize (lapacke.size () - strlen ("_work"));
  if (!lapacke.empty ())
    return lapack_p (lapacke);
  return word_of_p (cblas, behind ("cblas_", symbol)) || matches_p (fftw, behind_fftw (symbol))
	 || (matches_p (gsl, symbol) && !matches_p (gsl_files, symbol));
}

/* True if SYMBOL makes a plan of FFTW: its last argument are flags, and without FFTW_ESTIMATE or FFTW_WISDOM_ONLY among them the
   plan is the one that ran fastest.  */

bool
fftw_planner_p (const std::string &symbol)
{
  return !behind ("plan_", behind_fftw (symbol)).empty () && shipped_trust_p (symbol);
}

/* How far FNDECL, which the unit calls but does not define, is trusted: 0, or flags of a HASHCACHE__LIBRARY reference.  */

unsigned
trust_flags (tree fndecl)
{
  std::string symbol = IDENTIFIER_POINTER (DECL_ASSEMBLER_NAME (fndecl));
  if (symbol[0] == '*')
    symbol.erase (0, 1);
  if (shipped_trust_p (symbol))
    return HASHCACHE__TRUSTED | HASHCACHE__TUNED;
  if (declared_trusted_p (fndecl) || chosen_p (CHOICE_TRUST, IDENTIFIER_POINTER (DECL_NAME (fndecl))))
    return HASHCACHE__TRUSTED;
  return 0;
}
