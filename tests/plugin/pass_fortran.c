! pass_fortran.c: promise: a file in Fortran passes through unharmed. (The name says to run.sh what to do with it.)
! SPDX-License-Identifier: BSD-2-Clause
!
! language: f95 with -lgfortran
module cells
  implicit none
  type cell
    real (8) :: origin (3), volume
    integer, allocatable :: atoms (:)
  end type
  real (8), save :: scale = 1.5d0
contains
  pure elemental function twice (x) result (y)
    real (8), intent (in) :: x
    real (8) :: y
    y = 2 * x
  end function
  recursive function factorial (n) result (f)
    integer, intent (in) :: n
    integer (8) :: f
    f = 1
    if (n > 1) f = n * factorial (n - 1)
  end function
  subroutine fill (c, n)
    type (cell), intent (inout) :: c
    integer, intent (in) :: n
    integer :: i
    allocate (c%atoms (n))
    c%atoms = [(i * i, i = 1, n)]
    c%volume = sum (twice (c%origin)) * scale
  end subroutine
end module

program main
  use cells
  implicit none
  type (cell) :: c
  c%origin = [1d0, 2d0, 3.5d0]
  call fill (c, 5)
  print *, c%volume, c%atoms, factorial (10)
end program
