"""Paging strategies: which call follows a response of a listing. They are pure; a request carries their state as JSON."""
