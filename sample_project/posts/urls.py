from django.urls import path

from . import views

app_name = "posts"

urlpatterns = [
    path("", views.PostList.as_view(), name="list"),
    path("write/", views.PostCreate.as_view(), name="create"),
    path("posts/<slug:slug>/", views.PostDetail.as_view(), name="detail"),
    path("posts/<slug:slug>/edit/", views.PostUpdate.as_view(), name="update"),
    path("posts/<slug:slug>/delete/", views.PostDelete.as_view(), name="delete"),
    path("posts/<slug:slug>/comment/", views.add_comment, name="comment"),
    path("comments/<int:pk>/delete/", views.delete_comment, name="delete-comment"),
    path("authors/<str:username>/", views.AuthorPostList.as_view(), name="author"),
]
