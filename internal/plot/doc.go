// Package plot draws comparisons as SVG, from plain values of [result] and
// nothing else.
//
// Each function writes one picture. It chooses what is said and where; a
// picture puts title, description and notes around it; draw.Canvas of
// gonum.org/v1/plot draws lines and marks; and a canvas writes them down as
// SVG, where the name of an ink becomes a class. So one file is readable by day
// and by night, inlined in a page or as an image, and the same values give the
// same bytes. All text that came from outside is cleaned and clipped on its way
// in, and escaped where it is written.
//
// Nothing is told apart by colour alone: the champion is dashed and hollow, the
// candidate solid and filled, and each verdict has its shape and its word.
package plot
