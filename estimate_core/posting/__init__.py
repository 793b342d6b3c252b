"""The one room that posts to other machines. It knows no desk: it is given a letter and tells what was answered."""
